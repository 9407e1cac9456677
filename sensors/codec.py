"""JPEG, with its chroma subsampling."""

from dataclasses import dataclass

import cv2
import numpy as np

from sensors.validation import require_choice, require_integer

SUBSAMPLINGS = {
    "444": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    "422": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422,
    "420": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
}


@dataclass(frozen=True)
class Codec:
    """jpeg_quality: 1 to 100, libjpeg's scale. subsampling: chroma full (444), half (422), quarter (420)."""

    jpeg_quality: int = 90
    subsampling: str = "420"

    def __post_init__(self):
        require_integer("codec.jpeg_quality", self.jpeg_quality, 1, 100)
        require_choice("codec.subsampling", self.subsampling, tuple(SUBSAMPLINGS))


def encode(image: np.ndarray, codec: Codec) -> bytes:
    """uint8 RGB (H, W, 3) -> JPEG file."""
    options = [cv2.IMWRITE_JPEG_QUALITY, codec.jpeg_quality,
               cv2.IMWRITE_JPEG_SAMPLING_FACTOR, SUBSAMPLINGS[codec.subsampling]]
    _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
    return jpeg.tobytes()


def decode(jpeg: bytes) -> np.ndarray:
    """JPEG file -> uint8 RGB (H, W, 3)."""
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)
