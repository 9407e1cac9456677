"""The piece of a frame around a suspicion, enlarged, with both boxes."""

from collections.abc import Sequence

import cv2
import numpy as np

LABELLED, PREDICTED = (0, 160, 255), (255, 70, 160)  # RGB
MARGIN = 0.6  # around the boxes, as a share of their height
SIDE_PX = 300  # the longer side of the picture
THICKNESS_PX = 2


def crop_of(image: np.ndarray, labelled: Sequence[float] | None, predicted: Sequence[float] | None) -> np.ndarray:
    """uint8 RGB (h, w, 3) around the boxes (xyxy px; at least one), the longer side SIDE_PX, with the boxes drawn."""
    boxes = np.array([box for box in (labelled, predicted) if box is not None], float)
    x0, y0, x1, y1 = window(boxes, image.shape[1], image.shape[0])
    scale = SIDE_PX / max(x1 - x0, y1 - y0)
    size = max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale))
    picture = cv2.resize(np.ascontiguousarray(image[y0:y1, x0:x1]), size, interpolation=cv2.INTER_CUBIC)
    for box, colour in ((predicted, PREDICTED), (labelled, LABELLED)):
        if box is not None:
            corners = np.round((np.array(box).reshape(2, 2) - (x0, y0)) * scale).astype(int)
            cv2.rectangle(picture, corners[0].tolist(), corners[1].tolist(), colour, THICKNESS_PX, cv2.LINE_AA)
    return picture


def window(boxes: np.ndarray, width: int, height: int) -> tuple[int, int, int, int]:
    """x0, y0, x1, y1 [px] inside an image of that size, around `boxes` (N, 4) with a margin; at least one pixel."""
    low, high = boxes[:, :2].min(0), boxes[:, 2:].max(0)
    margin = MARGIN * max(high[1] - low[1], 1.0)
    x0, y0 = (int(np.clip(v, 0, side - 1)) for v, side in zip(np.floor(low - margin), (width, height), strict=True))
    x1, y1 = (int(np.clip(v, start + 1, side)) for v, start, side in
              zip(np.ceil(high + margin), (x0, y0), (width, height), strict=True))
    return x0, y0, x1, y1
