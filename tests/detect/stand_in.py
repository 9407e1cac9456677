"""A detector of somebody else's, as small as can be: learns the mean size of boxes, finds bright things.

    python stand_in.py train ANNOTATIONS VALIDATION SEED MODEL
    python stand_in.py predict MODEL IMAGES IMAGE_LIST OUTPUT
"""

import json
import sys
from pathlib import Path

import cv2


def train(annotations, validation, seed, model):
    content, held_back = (json.loads(Path(path).read_text()) for path in (annotations, validation))
    sizes = [row["bbox"][2:] for row in content["annotations"] if not row["iscrowd"]]
    mean = [sum(side) / len(sizes) for side in zip(*sizes, strict=True)]
    kinds = [category["id"] for category in content["categories"]]
    told = {"size": mean, "kinds": kinds, "seed": int(seed), "validation": len(held_back["images"])}
    Path(model, "sizes.json").write_text(json.dumps(told))
    print(f"{len(sizes)} boxes learned")


def predict(model, images, image_list, output):
    learned = json.loads(Path(model, "sizes.json").read_text())
    width, height = learned["size"]
    found = []
    for row in json.loads(Path(image_list).read_text())["images"]:
        grey = cv2.imread(str(Path(images, row["file_name"])), cv2.IMREAD_GRAYSCALE)
        assert grey.shape == (row["height"], row["width"])
        count, _, _, centres = cv2.connectedComponentsWithStats((grey > 150).astype("uint8"))
        for x, y in centres[1:count]:
            box = [x + 0.5 - width / 2, y + 0.5 - height / 2, width, height]  # centres count from pixel middles
            entry = {"image_id": row["id"], "category_id": learned["kinds"][0], "bbox": box, "score": 0.9}
            found.append(entry)
    Path(output).write_text(json.dumps(found))


if __name__ == "__main__":
    {"train": train, "predict": predict}[sys.argv[1]](*sys.argv[2:])
