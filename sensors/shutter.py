"""When each line of the sensor is exposed."""

from dataclasses import dataclass

import numpy as np

from sensors.validation import require_choice, require_number

SCAN_DIRECTIONS = ("top_to_bottom", "bottom_to_top", "left_to_right", "right_to_left")


@dataclass(frozen=True)
class Shutter:
    """Line-timed shutter: line v is exposed during [v * line_readout, v * line_readout + exposure].

    exposure_us: 0 freezes motion. line_readout_us: delay from a line to the next; 0 is a global shutter.
    scan_direction: the way in which the lines are read; lines are rows if it is vertical, else columns.
    """

    exposure_us: float = 0.0
    line_readout_us: float = 0.0
    scan_direction: str = "top_to_bottom"

    def __post_init__(self):
        require_number("shutter.exposure_us", self.exposure_us, 0, 60e6)
        require_number("shutter.line_readout_us", self.line_readout_us, 0, 1e6)
        require_choice("shutter.scan_direction", self.scan_direction, SCAN_DIRECTIONS)

    @property
    def exposure_s(self) -> float:
        return self.exposure_us * 1e-6

    @property
    def line_readout_s(self) -> float:
        return self.line_readout_us * 1e-6

    @property
    def scans_rows(self) -> bool:
        """True where a line is a row of the image, False where it is a column."""
        return self.scan_direction in ("top_to_bottom", "bottom_to_top")

    def line_count(self, width: int, height: int) -> int:
        return height if self.scans_rows else width

    def line_of(self, x, y, width: int, height: int) -> np.ndarray:
        """Index, in reading order, of the line that holds pixel (x, y) or, outside the frame, is nearest."""
        position = np.asarray(y if self.scans_rows else x)
        last = self.line_count(width, height) - 1
        line = np.clip(np.rint(position), 0, last).astype(np.intp)
        return line if self.scan_direction in ("top_to_bottom", "left_to_right") else last - line

    def line_start_s(self, lines) -> np.ndarray:
        """Start of exposure of each line [s], from the start of the frame."""
        return np.asarray(lines, np.float64) * self.line_readout_s

    def line_middle_s(self, lines) -> np.ndarray:
        """Middle of the exposure of each line [s]: the instant that labels describe."""
        return self.line_start_s(lines) + self.exposure_s / 2

    def frame_duration_s(self, width: int, height: int) -> float:
        """From the first line's start of exposure to the last line's end [s]."""
        return (self.line_count(width, height) - 1) * self.line_readout_s + self.exposure_s
