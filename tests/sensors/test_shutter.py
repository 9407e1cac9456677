import numpy as np
import pytest

from sensors import Shutter
from sensors.shutter import SCAN_DIRECTIONS


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
