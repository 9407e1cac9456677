"""A detector of torchvision behind the pipeline's two commands; needs `pip install torchvision`.

In params.yaml, under detector:

    kind: command
    train_command: python examples/torchvision_detector.py train {train_images} {train_annotations} {model} {seed}
    predict_command: python examples/torchvision_detector.py predict {model} {images} {image_list} {output}

Faster R-CNN with a small MobileNet, from scratch, on the CPU. More STEPS, a GPU and pretrained weights
(weights_backbone="DEFAULT") make it better; nothing else has to change.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torchvision.models.detection import fasterrcnn_mobilenet_v3_large_fpn

STEPS, BATCH, SIDE_PX = 300, 4, 320
LEARNING_RATE = 1e-3


def build(categories):
    """Categories are numbered from 1 in the order of the COCO file; 0 is the background."""
    return fasterrcnn_mobilenet_v3_large_fpn(
        weights=None, weights_backbone=None, num_classes=len(categories) + 1,
        min_size=SIDE_PX, max_size=2 * SIDE_PX, box_batch_size_per_image=64,
        rpn_post_nms_top_n_train=300, rpn_post_nms_top_n_test=100,
    )  # fmt: skip


def read(path):
    return torch.from_numpy(np.array(Image.open(path).convert("RGB"))).permute(2, 0, 1) / 255


def train(images, annotations, model, seed):
    torch.manual_seed(int(seed))
    coco = json.loads(Path(annotations).read_text())
    categories = [category["id"] for category in coco["categories"]]
    boxes = {image["id"]: [] for image in coco["images"]}
    for row in coco["annotations"]:
        if not row["iscrowd"]:
            x, y, width, height = row["bbox"]
            boxes[row["image_id"]].append([x, y, x + width, y + height, categories.index(row["category_id"]) + 1])
    files = [(Path(images, image["file_name"]), torch.tensor(boxes[image["id"]])) for image in coco["images"]]
    files = [(path, rows) for path, rows in files if len(rows)]
    network = build(categories).train()
    optimizer = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=STEPS)
    for step in range(STEPS):
        chosen = [files[i] for i in torch.randint(len(files), (BATCH,))]
        pictures, targets = [], []
        for path, rows in chosen:
            picture, sides = read(path), rows[:, :4].clone()
            if torch.rand(()) < 0.5:  # leave this out where things are chiral
                picture = picture.flip(2)
                sides[:, [0, 2]] = picture.shape[2] - sides[:, [2, 0]]
            pictures.append(picture)
            targets.append({"boxes": sides, "labels": rows[:, 4].long()})
        loss = sum(network(pictures, targets).values())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        schedule.step()
        if step % 20 == 0:
            print(f"step {step}: loss {loss.item():.3f}", flush=True)
    torch.save({"weights": network.state_dict(), "categories": categories}, Path(model, "model.pt"))


@torch.inference_mode()
def predict(model, images, image_list, output):
    saved = torch.load(Path(model, "model.pt"), weights_only=True)
    network = build(saved["categories"]).eval()
    network.load_state_dict(saved["weights"])
    results = []
    for image in json.loads(Path(image_list).read_text())["images"]:
        found = network([read(Path(images, image["file_name"]))])[0]
        for (x0, y0, x1, y1), label, score in zip(
            found["boxes"].tolist(), found["labels"].tolist(), found["scores"].tolist(), strict=True
        ):
            results.append({"image_id": image["id"], "category_id": saved["categories"][label - 1],
                            "bbox": [x0, y0, x1 - x0, y1 - y0], "score": score})
    Path(output).write_text(json.dumps(results))


if __name__ == "__main__":
    {"train": train, "predict": predict}[sys.argv[1]](*sys.argv[2:])
