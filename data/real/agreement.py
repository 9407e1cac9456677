"""Agreement of two person annotations of the same frames (COCO files).

    python agreement.py pedestrians.json reannotation.json

Only the frames of the second file are compared.  Boxes are paired one to one so that the sum of IoU is
largest; a pair counts from IoU 0.5.  A box marked ``iscrowd`` may take part in a pair but is never itself
counted as a person that had to be found.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment


def load(path):
    """Return {frame index: [(bbox, iscrowd)]} of a COCO file."""
    coco = json.loads(Path(path).read_text(encoding="utf-8"))
    frame = {image["id"]: image.get("frame_index", image["id"]) for image in coco["images"]}
    boxes = {index: [] for index in frame.values()}
    for item in coco["annotations"]:
        boxes[frame[item["image_id"]]].append((item["bbox"], item.get("iscrowd", 0)))
    return boxes


def iou(a, b):
    """Intersection over union of two [x, y, w, h] boxes."""
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    common = max(w, 0) * max(h, 0)
    return common / (a[2] * a[3] + b[2] * b[3] - common)


def pair(first, second, threshold=0.5):
    """Return [(i, j, iou)] of the paired boxes of one frame."""
    if not first or not second:
        return []
    table = np.array([[iou(a, b) for b, _ in second] for a, _ in first])
    rows, cols = linear_sum_assignment(-np.where(table >= threshold, table, 0.0))
    found = [(int(i), int(j)) for i, j in zip(rows, cols, strict=True)]
    return [(i, j, float(table[i, j])) for i, j in found if table[i, j] >= threshold]


def compare(first, second, threshold=0.5):
    """Counts, matched shares both ways, and mean IoU over the frames of ``second``; and the leftovers."""
    totals, hits, ious, leftovers = [0, 0], [0, 0], [], []
    for index in sorted(second):
        sides = first.get(index, []), second[index]
        pairs = pair(*sides, threshold)
        for side in (0, 1):
            matched = {p[side] for p in pairs}
            for n, (box, crowd) in enumerate(sides[side]):
                totals[side] += not crowd
                hits[side] += not crowd and n in matched
                if n not in matched:
                    leftovers.append((index, side, box, crowd))
        ious += [value for i, j, value in pairs if not sides[0][i][1] and not sides[1][j][1]]
    result = {
        "frames": len(second),
        "first_boxes": totals[0],
        "first_matched": hits[0] / max(totals[0], 1),
        "second_boxes": totals[1],
        "second_matched": hits[1] / max(totals[1], 1),
        "mean_iou": float(np.mean(ious)) if ious else 0.0,
        "median_iou": float(np.median(ious)) if ious else 0.0,
        "min_iou": float(np.min(ious)) if ious else 0.0,
    }
    return result, leftovers


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("first")
    parser.add_argument("second")
    args = parser.parse_args()
    result, leftovers = compare(load(args.first), load(args.second))
    for key, value in result.items():
        print(f"{key:15s} {value:.3f}" if isinstance(value, float) else f"{key:15s} {value}")
    for index, side, box, crowd in leftovers:
        print(f"frame {index}: only in {('first', 'second')[side]} {box}" + (" (crowd)" if crowd else ""))


if __name__ == "__main__":
    main()
