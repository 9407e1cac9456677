"""Validation frames that nothing may change on their way from the file to the detector.

What is compared are the pixels that the detector is shown, each time anew, with those that are decoded from the file:
so a policy in a loader, a colour jitter that works in place on a shared array, and a resize are all refused, whoever
calls. Frames that were changed in the file itself cannot be told here: of the real frames DVC knows the bytes and makes
them anew, and copies of training frames, however jittered, are found by the alarm `overlap`.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from pipeline.data.files import read_image
from pipeline.detect.detector import Detector
from pipeline.errors import UserError
from pipeline.measure.matching import Detections
from pipeline.measure.predict import detections_of
from pipeline.measure.results import TestSet

Loader = Callable[[Path], np.ndarray]
"""path -> RGB uint8 (H, W, 3)."""


class UntouchedFrames:
    """The frames of a test set, held in memory; the only way to a validation number is `see`."""

    def __init__(self, test_set: TestSet, load: Loader = read_image):
        """load: whatever delivers the frames. Raises UserError if it delivers other pixels than the files have."""
        self.paths = test_set.paths
        self.images = [load(path) for path in self.paths]
        self._sources = [digest(read_image(path)) for path in self.paths]
        self._refuse_changed()

    def see(self, detector: Detector) -> list[Detections]:
        """What a detector finds. Raises UserError if a frame has changed since it was read."""
        self._refuse_changed()
        return [detections_of(detector, image) for image in self.images]

    def _refuse_changed(self) -> None:
        changed = [path for path, image, source in zip(self.paths, self.images, self._sources, strict=True)
                   if digest(image) != source]
        if changed:
            raise UserError(
                f"{changed[0]}: expected validation frames exactly as they are in their files, found other pixels in "
                f"{len(changed)} of {len(self.paths)}; take every augmentation out of the validation loader"
            )


def digest(image: np.ndarray) -> str:
    """SHA-256 of type, shape and values of an array, in hexadecimal."""
    found = hashlib.sha256(repr((image.shape, image.dtype.str)).encode())
    found.update(np.ascontiguousarray(image))
    return found.hexdigest()
