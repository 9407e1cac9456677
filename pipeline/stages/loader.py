"""loader: what drawing a training batch costs, and how long training waits -> data/out/loader/loader.json. Opt-in.

Measured on the gate's rung; the times are this machine's, with whatever else it does.
"""

import os
import tempfile
from pathlib import Path

from pipeline.config import load_params
from pipeline.data.coco import CocoSet, read_coco
from pipeline.data.files import write_json
from pipeline.detect.dataset import pack
from pipeline.errors import main
from pipeline.loading.augmentations import augmentation_times
from pipeline.loading.waiting import measure_step, sentence_of
from pipeline.measure import folders
from pipeline.shards.read import plain_folder

OUT = folders.OUT / "loader"
IMAGES = 64  # of the set, at most


def run() -> None:
    """Measure, and say whether data loading idles the trainer."""
    params = load_params()
    folder = plain_folder(folders.synth_set(params.gate.rung).with_name("train"))
    coco = read_coco(folder / "annotations.json", folder / "images", None)
    few = coco.images[:IMAGES]
    ids = {image.id for image in few}
    coco = CocoSet(few, [a for a in coco.annotations if a.image_id in ids], coco.categories)
    with tempfile.TemporaryDirectory(prefix="loader-") as scratch:
        packed = pack(coco, folder / "images", params.detector.input_scale, Path(scratch) / "pixels.bin")
        times = augmentation_times(packed, params.train, params.seed)
        steps = {workers: measure_step(packed, params, workers) for workers in range(1 + (os.cpu_count() or 1))}
    warns, sentence = sentence_of(steps)
    write_json(OUT / "loader.json", {
        "schema": 1,
        "cores": os.cpu_count(),
        "ms_per_image": {name: round(ms, 4) for name, ms in times.items()},
        "steps": [{"workers": workers, "waiting_ms": round(step.waiting_ms, 3),
                   "learning_ms": round(step.learning_ms, 3), "share": round(step.share, 4)}
                  for workers, step in steps.items()],
        "warns": warns,
        "sentence": sentence,
    })  # fmt: skip
    for name, ms in times.items():
        print(f"{name}: {ms:.3f} ms an image")
    for workers, step in steps.items():
        print(f"{workers} workers: waits {step.waiting_ms:.1f} ms, learns {step.learning_ms:.1f} ms, {step.share:.0%}")
    print(f"{'WARNING: ' if warns else ''}{sentence}")


if __name__ == "__main__":
    main(run)
