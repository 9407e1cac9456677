"""Make ``pedestrians.json``: person boxes on every tenth frame of OpenCV's vtest.avi.

    python annotate.py vtest.avi            (or a folder with the frames as NNNN.png)

The boxes come from the tracks of ``tracks.py`` and from the hand-made ``corrections.json`` next to this
file; whether a person counts as hidden comes from ``visibility.json`` where it was rated.  Same frames and
same hand-made files give the same file, byte for byte.
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import tracks

HERE = Path(__file__).resolve().parent
FIRST, STRIDE = 9, 10
NEAR = 12.0  # a correction names an automatic box by its centre, to within this many pixels


def load_frames(source):
    """All frames of a video file or of a folder of numbered images."""
    source = Path(source)
    if source.is_dir():
        return [cv2.imread(str(path)) for path in sorted(source.glob("*.png"))]
    video, frames = cv2.VideoCapture(str(source)), []
    while True:
        good, frame = video.read()
        if not good:
            return frames
        frames.append(frame)


def clip(box, width, height):
    """Corner box -> [x, y, w, h] in whole pixels inside the frame."""
    x0, y0, x1, y1 = np.round(box).astype(int)
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)
    return [int(x0), int(y0), int(x1 - x0), int(y1 - y0)]


def tighten(box, frame, bg, threshold=50, limit=5):
    """Move the sides of a box inwards, by up to ``limit`` pixels, to where the person really differs."""
    x, y, w, h = box
    diff = cv2.absdiff(frame[y : y + h, x : x + w], bg[y : y + h, x : x + w]).max(axis=2) > threshold
    columns, rows = np.flatnonzero(diff.sum(axis=0) >= 2), np.flatnonzero(diff.sum(axis=1) >= 2)
    if not len(columns) or not len(rows):
        return box
    left, top = min(columns[0], limit), min(rows[0], limit)
    right, bottom = min(w - 1 - columns[-1], limit), min(h - 1 - rows[-1], limit)
    return [int(v) for v in (x + left, y + top, w - left - right, h - top - bottom)]


def sampled_boxes(found, frames, bg):
    """Boxes per annotated frame, left to right, from finished tracks; a lost track has no box."""
    result = {}
    height, width = bg.shape[:2]
    for index in range(FIRST, len(frames), STRIDE):
        boxes = []
        for track in found:
            box, state = track.boxes.get(index, (None, "lost"))
            if state == "lost":
                continue
            box = clip(box, width, height)
            if box[2] >= 5 and box[3] >= 15:
                boxes.append(tighten(box, frames[index], bg) if state == "alone" else box)
        result[index] = sorted(boxes)
    return result


def nearest(boxes, point):
    """Position of the box whose centre is nearest to the point; an error when none is near."""
    far = [np.hypot(x + w / 2 - point[0], y + h / 2 - point[1]) for x, y, w, h in boxes]
    if not far or min(far) > NEAR:
        raise ValueError(f"no automatic box near {point}")
    return int(np.argmin(far))


def correct(boxes, entries):
    """Apply the hand corrections of one frame; return [(box, iscrowd)] from left to right.

    Each entry has ``near`` (centre of an automatic box), or ``box``, or both: both replace a box, ``near``
    alone removes it, ``box`` alone adds one.  ``crowd`` marks a person hidden by more than half.
    """
    kept = {n: (box, 0) for n, box in enumerate(boxes)}
    extra = []
    for entry in entries:
        crowd = int(entry.get("crowd", 0))
        if "near" not in entry:
            extra.append((entry["box"], crowd))
            continue
        n = nearest(boxes, entry["near"])
        if "box" in entry:
            kept[n] = (entry["box"], crowd)
        elif crowd:
            kept[n] = (boxes[n], 1)
        else:
            del kept[n]
    return sorted([*kept.values(), *extra])


def rate(items, ratings):
    """[(box, iscrowd)] of one frame with the flags of rated boxes set: 1 where raters see more than half hidden.

    ratings: [{"box": [x, y, w, h], "hidden_percent": [of each rater]}].  Raises ValueError for a box that is
    not there.
    """
    rated = {tuple(r["box"]): int(sum(r["hidden_percent"]) > 50 * len(r["hidden_percent"])) for r in ratings}
    missing = rated.keys() - {tuple(box) for box, _ in items}
    if missing:
        raise ValueError(f"visibility.json: expected rated boxes to be annotated, found none at {sorted(missing)}")
    return [(box, rated.get(tuple(box), crowd)) for box, crowd in items]


def to_coco(boxes, width, height):
    """The COCO dictionary of {frame index: [(box, iscrowd)]}."""
    images, annotations = [], []
    for index, items in sorted(boxes.items()):
        name = f"frame_{index:04d}.png"
        images.append(
            {"id": index, "file_name": name, "width": width, "height": height, "frame_index": index}
        )
        for box, crowd in items:
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": index,
                    "category_id": 1,
                    "bbox": list(box),
                    "area": box[2] * box[3],
                    "iscrowd": crowd,
                }
            )
    info = {
        "description": "Pedestrians on every tenth frame of vtest.avi, full body boxes",
        "source": "vtest.avi from the samples of OpenCV (samples/data)",
        "conventions": "iscrowd 1: hidden or outside the frame by more than half; see README.md",
    }
    return {
        "info": info,
        "images": images,
        "annotations": annotations,
        "categories": [{"id": 1, "name": "person"}],
    }


def dump(coco, path):
    """Write COCO with one image or annotation per line."""
    parts = []
    for key, value in coco.items():
        if isinstance(value, list):
            lines = ",\n".join("    " + json.dumps(item) for item in value)
            parts.append(f'  "{key}": [\n{lines}\n  ]')
        else:
            text = json.dumps(value, indent=2).replace("\n", "\n  ")
            parts.append(f'  "{key}": {text}')
    Path(path).write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("frames", help="vtest.avi or a folder with its frames as PNG")
    parser.add_argument("--corrections", default=HERE / "corrections.json")
    parser.add_argument("--visibility", default=HERE / "visibility.json")
    parser.add_argument("--out", default=HERE / "pedestrians.json")
    args = parser.parse_args()
    frames = load_frames(args.frames)
    height, width = frames[0].shape[:2]
    bg = tracks.background(frames)
    found = tracks.follow(frames, bg, range(len(frames)))
    automatic = sampled_boxes(found, frames, bg)
    table = json.loads(Path(args.corrections).read_text(encoding="utf-8"))
    ratings = json.loads(Path(args.visibility).read_text(encoding="utf-8"))
    final = {
        index: rate(correct(boxes, table.get(str(index), [])), ratings.get(str(index), []))
        for index, boxes in automatic.items()
    }
    dump(to_coco(final, width, height), args.out)


if __name__ == "__main__":
    main()
