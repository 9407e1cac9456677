"""Boxes drawn into a picture."""

import cv2
import numpy as np

COLOURS = ((230, 60, 60), (40, 120, 235), (30, 160, 80), (235, 150, 20), (150, 70, 200), (20, 170, 180))  # RGB
FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw_boxes(image: np.ndarray, boxes: np.ndarray, labels: list[str], kinds: np.ndarray) -> np.ndarray:
    """A copy of `image` (H, W, 3) uint8 RGB with boxes (M, 4) xyxy [px], a label above each, a colour a kind (M,)."""
    marked = np.ascontiguousarray(image).copy()
    thick = max(1, round(max(image.shape[:2]) / 500))
    size = max(0.35, max(image.shape[:2]) / 1800)
    for box, label, kind in zip(boxes, labels, kinds, strict=True):
        colour = COLOURS[int(kind) % len(COLOURS)]
        x0, y0, x1, y1 = (int(round(float(v))) for v in box)
        cv2.rectangle(marked, (x0, y0), (x1 - 1, y1 - 1), colour, thick)
        (width, height), below = cv2.getTextSize(label, FONT, size, thick)
        top = max(y0 - height - below - thick, 0)
        cv2.rectangle(marked, (x0, top), (x0 + width, top + height + below), colour, cv2.FILLED)
        cv2.putText(marked, label, (x0, top + height), FONT, size, (255, 255, 255), thick, cv2.LINE_AA)
    return marked
