import numpy as np
import pytest

from sensors import ProfileError, Shutter, expose
from sensors.shutter import SCAN_DIRECTIONS
from tests.reference.moving_scene import MovingScene


@pytest.mark.parametrize("direction", SCAN_DIRECTIONS)
def test_every_line_is_read_once_in_scan_order(direction):
    shutter = Shutter(100, 10, direction)
    x, y = np.meshgrid(np.arange(7), np.arange(5))
    lines = np.broadcast_to(shutter.line_of(x, y, 7, 5), (5, 7))
    along = lines if shutter.scans_rows else lines.T
    first_to_last = along[:, 0] if direction in ("top_to_bottom", "left_to_right") else along[::-1, 0]
    np.testing.assert_array_equal(first_to_last, np.arange(len(along)))
    assert (along == along[:, :1]).all()


def test_timing_of_lines():
    shutter = Shutter(exposure_us=2000, line_readout_us=30)
    assert shutter.line_start_s(10) == pytest.approx(300e-6)
    assert shutter.line_middle_s(10) == pytest.approx(1300e-6)
    assert shutter.frame_duration_s(768, 576) == pytest.approx(575 * 30e-6 + 2e-3)


def test_outside_the_frame_counts_as_the_nearest_line():
    shutter = Shutter(0, 10, "bottom_to_top")
    assert shutter.line_of(0, -20, 64, 48) == 47
    assert shutter.line_of(0, 100, 64, 48) == 0


def test_the_exposure_fits_into_the_frame_period():
    Shutter(exposure_us=33_000, line_readout_us=30, frame_period_us=33_333)  # a line is exposed while others are read
    with pytest.raises(ProfileError, match=r"exposure_us: expected at most frame_period_us \(33333\), found 40000"):
        Shutter(exposure_us=40_000, frame_period_us=33_333)
    with pytest.raises(ProfileError, match="shutter.frame_period_us: expected a number from 1"):
        Shutter(frame_period_us=0)


@pytest.mark.parametrize("direction,lines", [("top_to_bottom", 64), ("right_to_left", 96)])
def test_the_readout_fits_into_the_frame_period(direction, lines):
    scene = MovingScene(pan_x=50)  # 96x64 px
    expose(scene, Shutter(100, 20, direction, frame_period_us=20 * lines))
    with pytest.raises(ProfileError, match=f"frame_period_us: expected at least {20 * lines}.*96x64 px.*lower the"):
        expose(scene, Shutter(100, 20, direction, frame_period_us=20 * lines - 1))
