"""A validation number of frames that were changed is refused, whatever changed them, wherever."""

import cv2
import numpy as np
import pytest
import torch

from pipeline.alarms.untouched import UntouchedFrames
from pipeline.augment.colour_jitter import colour_jitter, sample_colour_jitter
from pipeline.augment.flip import flip
from pipeline.augment.scale_crop import ScaleCrop, scale_crop
from pipeline.data.files import read_image
from pipeline.detect.detector import Detector
from pipeline.detect.network import build
from pipeline.errors import UserError
from pipeline.measure.predict import detections_of
from pipeline.measure.results import load_test_set

NO_BOXES = np.zeros((0, 4))


@pytest.fixture
def frames(small_dataset):
    return load_test_set(small_dataset)


@pytest.fixture
def detector(detector_params, decoding_params):
    torch.manual_seed(0)
    return Detector(build(detector_params), detector_params, decoding_params)


def second_only(change):
    """A loader with a policy that is applied now and then."""
    return lambda path: change(read_image(path)) if path.name == "1.png" else read_image(path)


@pytest.mark.parametrize("change", [
    lambda image: flip(image, NO_BOXES)[0],
    lambda image: colour_jitter(image, sample_colour_jitter(np.random.default_rng(0), 0.3, 0.0)),
    lambda image: scale_crop(image, NO_BOXES, ScaleCrop(0, 0, 1.25, 160))[0],
    lambda image: cv2.resize(cv2.resize(image, None, fx=0.5, fy=0.5), image.shape[1::-1]),
    lambda image: image.astype(np.float32),
    lambda image: image + np.eye(*image.shape[:2], dtype=np.uint8)[..., None] * np.uint8(1),
])  # fmt: skip
def test_a_loader_that_changes_a_frame_is_refused(frames, change):
    with pytest.raises(UserError, match=r"1\.png: expected validation frames exactly.*in 1 of 2; take every augmenta"):
        UntouchedFrames(frames, second_only(change))


def test_a_frame_that_is_changed_later_is_refused(frames, detector):
    """As by an augmentation that works in place on an array that it shares with the validation."""
    untouched = UntouchedFrames(frames)
    untouched.see(detector)
    untouched.images[0][5, 5] ^= 1
    with pytest.raises(UserError, match=r"0\.png: .*in 1 of 2"):
        untouched.see(detector)


def test_a_file_that_is_changed_later_does_not_matter(frames, detector):
    """What is measured is what was read."""
    untouched = UntouchedFrames(frames)
    before = untouched.see(detector)
    frames.paths[0].write_bytes(b"")
    assert all(np.array_equal(a.boxes, b.boxes) for a, b in zip(before, untouched.see(detector), strict=True))


def test_untouched_frames_are_seen_as_they_are(frames, detector):
    for found, path in zip(UntouchedFrames(frames).see(detector), frames.paths, strict=True):
        expected = detections_of(detector, read_image(path))
        assert np.array_equal(found.boxes, expected.boxes) and np.array_equal(found.scores, expected.scores)
