"""Photographs inside the page: JPEG, as data addresses."""

import base64

import cv2
import numpy as np


def data_address(image: np.ndarray, width: int | None = None, quality: int = 80) -> str:
    """An RGB uint8 image (H, W, 3) as a data: address, scaled down to `width` px if it is wider."""
    if width is not None and width < image.shape[1]:
        height = max(1, round(image.shape[0] * width / image.shape[1]))
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode("ascii")


def crop_around(image: np.ndarray, box: np.ndarray, width: int, height: int) -> np.ndarray:
    """The (height, width) part of the image around `box` (xyxy), or around its upper end if it is taller."""
    middle = min((box[1] + box[3]) / 2, box[1] + 0.44 * height)
    x = int(np.clip((box[0] + box[2] - width) / 2, 0, max(image.shape[1] - width, 0)))
    y = int(np.clip(middle - height / 2, 0, max(image.shape[0] - height, 0)))
    return image[y : y + height, x : x + width]
