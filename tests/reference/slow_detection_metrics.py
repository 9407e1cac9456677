"""Detection metrics of one category, written from their definitions: plain loops, no arrays.

Boxes are (x0, y0, x1, y1). An image is (people, regions, detections): boxes that count, ignore regions, and
(box, score) pairs. COCO (Lin et al. 2014; its evaluation server's rules): detections take people greedily, best score
first; average precision is the mean over recall points 0, 0.01, ... 1 of the best precision at that recall or above.
Miss rate against false positives per image: Dollar et al., PAMI 2012.
"""

import math

import numpy as np

HIT, FALSE, SET_ASIDE = "hit", "false", "set aside"
RECALL_POINTS = [float(r) for r in np.linspace(0.0, 1.0, 101)]  # COCO's: 0.57 is not 57 / 100 to the last bit
COCO_IOUS = [float(t) for t in np.linspace(0.5, 0.95, 10)]


def judged(images, iou):
    """[(score, what became of it)] of all detections, image by image, in each from the best score down."""
    told = []
    for people, regions, detections in images:
        taken = set()
        for box, score in sorted(detections, key=lambda one: -one[1]):  # equal scores stay in the given order
            best = None
            for k, person in enumerate(people):
                if k in taken or shared(box, person) / union(box, person) < iou:
                    continue
                if best is None or shared(box, person) / union(box, person) >= best[0]:
                    best = shared(box, person) / union(box, person), k
            if best is not None:
                taken.add(best[1])
                told.append((score, HIT))
            elif any(shared(box, region) / area(box) >= iou for region in regions):
                told.append((score, SET_ASIDE))
            else:
                told.append((score, FALSE))
    return told


def to_find(images):
    return sum(len(people) for people, _, _ in images)


def recall_at(told, fppi, images, people):
    """The best recall of any score threshold with at most `fppi` false detections per image."""
    best = 0.0
    for threshold, _ in told:
        accepted = [outcome for score, outcome in told if score >= threshold]
        if accepted.count(FALSE) / images <= fppi:
            best = max(best, accepted.count(HIT) / people)
    return best


def lamr(told, images, people):
    """Log-average miss rate: geometric mean over nine FPPI from 0.01 to 1, evenly spaced in log."""
    misses = [1 - recall_at(told, 10 ** (k / 4 - 2), images, people) for k in range(9)]
    return math.exp(sum(math.log(max(miss, 1e-10)) for miss in misses) / 9)


def average_precision(images, iou, most):
    """At one IoU, of the `most` best detections of each image; equal scores in the order of images."""
    kept = [(p, r, sorted(d, key=lambda one: -one[1])[:most]) for p, r, d in images]
    told = [outcome for _, outcome in sorted(judged(kept, iou), key=lambda one: -one[0]) if outcome != SET_ASIDE]
    curve = [
        (told[:n].count(HIT) / to_find(images), told[:n].count(HIT) / n) for n in range(1, len(told) + 1)
    ]  # (recall, precision) of the n best
    best = [max([precision for recall, precision in curve if recall >= r], default=0.0) for r in RECALL_POINTS]
    return sum(best) / len(best)


def area(box):
    return (box[2] - box[0]) * (box[3] - box[1])


def shared(a, b):
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return max(width, 0) * max(height, 0)


def union(a, b):
    return area(a) + area(b) - shared(a, b)
