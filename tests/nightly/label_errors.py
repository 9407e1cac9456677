"""Does the ranking find label errors? 5 % are planted in the real labels, and detectors really learn from those.

    python -m tests.nightly.label_errors [first planting, default 0] [how many, default 3]

needs a finished `dvc repro` and takes about a minute a planting. Exit code 1: less than 80 % found in the top 10 %.
"""

import sys

import numpy as np

from pipeline.config import load_params
from pipeline.labels import builtin
from pipeline.labels.out_of_fold import in_order, labels_of, read_split, see_folds, see_others
from pipeline.labels.quality import rank_suspicions
from pipeline.measure import folders
from tests.labels.plant import found_in_top, plant

DEMANDED, TOP = 0.8, 0.1


def run(first: int, count: int) -> int:
    params = load_params()
    checkpoint = builtin.checkpoint(params.gate.rung, 0, params)
    clean = [read_split(split) for split in ("train", "test")]
    all_found: dict[str, list[bool]] = {}
    for planting in range(first, first + count):
        (train, in_train), (test, in_test) = (plant(coco, np.random.default_rng([planting, i]))
                                              for i, coco in enumerate(clean))  # fmt: skip
        pictures = [folders.real_set("test") / "images" / image.file_name for image in in_order(test)]
        folder = folders.real_set("train") / "images"
        seen = see_folds(train, folder, checkpoint, params) + see_others(train, folder, pictures, checkpoint, params)
        labels = labels_of(train) + labels_of(test)
        entries = round(TOP * sum(int((~own.ignore).sum()) for own in labels))
        ranking = rank_suspicions(labels, seen)
        ids = [image.id for coco in (train, test) for image in in_order(coco)]
        found = found_in_top([*in_train, *in_test], ranking, ids, entries)
        print(f"planting {planting}: {text(found)} among the first {entries}", flush=True)
        for kind, hits in found.items():
            all_found.setdefault(kind, []).extend(hits)
    print(f"all: {text(all_found)}")
    return int(np.mean(sum(all_found.values(), [])) < DEMANDED)


def text(found: dict[str, list[bool]]) -> str:
    hits = sum(found.values(), [])
    kinds = ", ".join(f"{kind} {sum(own)} of {len(own)}" for kind, own in sorted(found.items()))
    return f"{sum(hits)} of {len(hits)} planted errors found ({np.mean(hits):.0%}; {kinds})"


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]]
    raise SystemExit(run(*[*words, *(0, 3)[len(words) :]]))
