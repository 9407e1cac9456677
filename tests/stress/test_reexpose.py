import dataclasses

import cv2
import numpy as np
import pytest

from pipeline.errors import UserError
from pipeline.stress.levels import AS_IT_IS, KINDS, STILL, Level, all_levels, levels_of
from pipeline.stress.reexpose import Frame, expose_for, margin_px, reexpose
from pipeline.stress.scene import ShakenFrame
from sensors import CameraProfile, Shutter, expose
from tests.stress.made_up import CAMERA, PAN, STRESS, textured

BOXES = np.array([[60.0, 50.0, 80.0, 110.0], [120.0, 90.0, 150.0, 150.0], [2.0, 2.0, 20.0, 30.0]])
FRAME = Frame(319, textured(), BOXES)
MARGIN = 16  # half of 28 px and 2, in whole JPEG blocks


def pictures(levels, frame=FRAME, profile=CAMERA, seed=7):
    return reexpose(frame, levels, profile, STRESS, seed)


def detail(image):
    """Energy in the finest detail, of a plain Laplacian."""
    return cv2.Laplacian(image.astype(np.float64).mean(axis=2), cv2.CV_64F).var()


def test_severity_0_is_the_frame_itself():
    (own,) = pictures([AS_IT_IS])
    np.testing.assert_array_equal(own.image, FRAME.image[MARGIN:-MARGIN, MARGIN:-MARGIN])
    assert own.jpeg is None
    boxes = np.array([label.box for label in own.labels if label.actor < 2])
    np.testing.assert_allclose(boxes, BOXES[:2] - MARGIN, atol=0.4)


@pytest.mark.parametrize("profile", [CAMERA, CameraProfile()], ids=["fitted", "unknown"])
def test_exposing_again_without_stress_nearly_gives_the_frame_back(profile):
    own, still = pictures([AS_IT_IS, STILL], profile=profile)
    difference = still.image.astype(float) - own.image
    assert np.abs(difference).mean() < 4.5
    assert np.abs(difference.mean(axis=(0, 1))).max() < 1.0  # neither brighter nor of another colour
    assert [label.box for label in still.labels] == [label.box for label in own.labels]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others():
    first, again, other = (pictures(all_levels(STRESS), seed=seed) for seed in (7, 7, 8))
    assert [picture.jpeg for picture in first] == [picture.jpeg for picture in again]
    assert [picture.labels for picture in first] == [picture.labels for picture in again]
    assert all(one.jpeg != another.jpeg for one, another in zip(first[1:], other[1:], strict=True))


def test_a_level_does_not_depend_on_the_levels_beside_it():
    alone, among = pictures([Level("low_light", 2, 80.0)])[0], pictures(all_levels(STRESS))
    assert alone.jpeg in [picture.jpeg for picture in among]


def test_more_motion_leaves_less_detail():
    levels = levels_of("motion_blur", STRESS)
    found = [detail(picture.image) for picture in pictures([STILL, *levels])]
    assert all(after < 0.9 * before for before, after in zip(found, found[1:], strict=False))


@pytest.mark.parametrize("path_px", [3.0, 9.0, 21.0])
def test_a_point_is_smeared_over_the_path_and_skewed_by_it(path_px):
    """A white line across the motion: how wide it gets, and how far it leans, is measured in the light."""
    ground = np.float32(0.3)  # the resampling's overshoot must not be clipped at black
    light = np.full((192, 224, 3), ground, np.float32)
    light[:, 112] = 1
    shake = dataclasses.replace(PAN, pan_px_s=(800.0, 0.0))
    rest = ShakenFrame(light, BOXES[:0], MARGIN)
    x = np.arange(rest.width)

    def seen(kind):
        shutter, scene = expose_for(Level(kind, 1, path_px), shake, rest)
        rows = (expose(scene, shutter).light[..., 1].astype(np.float64) - ground) / (1 - ground)
        return rows, rows @ x / rows.sum(axis=1)

    rows, centre = seen("motion_blur")
    np.testing.assert_allclose(centre, 112 - MARGIN, atol=0.1)
    variance = (rows * (x - centre[:, None]) ** 2).sum(axis=1) / rows.sum(axis=1)
    np.testing.assert_allclose(np.sqrt(12 * variance), path_px, rtol=0.05)  # the width of an even smear
    rows, centre = seen("rolling_shutter")
    assert centre[-1] - centre[0] == pytest.approx(path_px, abs=0.3)
    np.testing.assert_allclose(np.diff(centre), path_px / (rest.height - 1), atol=0.1)  # 1/32 px of the resampling
    assert (rows > 0.2).sum(axis=1).max() <= 2  # on every row still a line


def test_motion_during_the_exposure_blurs_and_during_the_readout_does_not():
    rest = ShakenFrame(np.zeros((192, 224, 3), np.float32), BOXES, MARGIN)
    blur, _ = expose_for(Level("motion_blur", 1, 9.0), PAN, rest)
    roll, _ = expose_for(Level("rolling_shutter", 1, 9.0), PAN, rest)
    assert blur.line_readout_us == 0 and blur.exposure_us > 0 and roll.exposure_us == 0 and roll.line_readout_us > 0
    for kind in ("low_light", "compression"):
        assert expose_for(Level(kind, 1, 9), PAN, rest) == (None, rest)


def test_less_light_is_noisier_by_the_square_root_of_the_electrons():
    flat = Frame(1, np.full((192, 224, 3), 120, np.uint8), BOXES)
    plain = dataclasses.replace(CAMERA, isp=None, cfa=None, codec=dataclasses.replace(CAMERA.codec, jpeg_quality=100))
    levels = [Level("low_light", i + 1, electrons) for i, electrons in enumerate((1600.0, 400.0))]
    mild, hard = (picture.image[..., 1].astype(float) for picture in pictures(levels, flat, plain))
    assert mild.mean() == pytest.approx(120, abs=1) and hard.mean() == pytest.approx(120, abs=1)
    assert hard.std() / mild.std() == pytest.approx(2, rel=0.1)


def test_less_quality_makes_smaller_files():
    sizes = [len(picture.jpeg) for picture in pictures([STILL, *levels_of("compression", STRESS)])]
    assert all(after < 0.8 * before for before, after in zip(sizes, sizes[1:], strict=False))


def test_a_kind_changes_nothing_but_its_own():
    """Light and quality leave all labels where they are."""
    still, *others = pictures([STILL, *levels_of("low_light", STRESS), *levels_of("compression", STRESS)])
    assert all(picture.labels == still.labels for picture in others)


def test_the_margin_holds_half_the_longest_motion_in_whole_blocks():
    assert margin_px(STRESS, 224, 192) == MARGIN
    longer = dataclasses.replace(STRESS, rolling_shutter_skew_px=(8.0, 29.0))
    assert margin_px(longer, 224, 192) == 32
    with pytest.raises(UserError, match=r"stress.motion_blur_px.*224 x 120 px frame.*29 px.*cuts 32 px"):
        margin_px(longer, 224, 120)


def test_every_kind_has_levels_with_names_of_their_own():
    levels = all_levels(STRESS)
    assert len({level.name for level in levels}) == len(levels) == 2 + 3 * len(KINDS)
    assert isinstance(expose_for(levels[2], PAN, ShakenFrame(np.zeros((192, 224, 3)), BOXES, MARGIN))[0], Shutter)
