"""Writes predictions.json beside this file: out-of-fold predictions on the default real labels, for test_quality.py.

    python -m tests.labels.record

needs a finished `dvc repro` and takes a minute. Written once; new detectors need no new file.
"""

import json
from pathlib import Path

from pipeline.config import load_params
from pipeline.data.files import write_text
from pipeline.labels import builtin
from pipeline.labels.out_of_fold import in_order, read_split, see_folds, see_others
from pipeline.measure import folders

LEAST = 0.1  # weaker predictions are not kept


def run() -> None:
    params = load_params()
    checkpoint, train = builtin.checkpoint(params.gate.rung, 0, params), folders.real_set("train") / "images"
    sets = [read_split(split) for split in ("train", "test")]
    test = [folders.real_set("test") / "images" / image.file_name for image in in_order(sets[1])]
    seen = see_folds(sets[0], train, checkpoint, params) + see_others(sets[0], train, test, checkpoint, params)
    rows = []
    for image, one in zip([image for coco in sets for image in in_order(coco)], seen, strict=True):
        kept = [
            [*(round(float(edge), 1) for edge in box), round(float(score), 3)]
            for box, score in zip(one.boxes, one.scores, strict=True)
            if score >= LEAST
        ]
        rows.append(f"{json.dumps(str(image.id))}: {json.dumps(kept, separators=(',', ':'))}")
    words = json.dumps("out-of-fold predictions of fine-tuned detectors, x0 y0 x1 y1 [px] and score, by frame index")
    text = f'{{"what": {words},\n"predictions": {{\n' + ",\n".join(rows) + "\n}}\n"
    write_text(Path(__file__).parent / "predictions.json", text)


if __name__ == "__main__":
    run()
