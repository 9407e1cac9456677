"""When each line of the sensor is exposed."""

from dataclasses import dataclass

import numpy as np

from sensors.validation import ProfileError, require_choice, require_number

SCAN_DIRECTIONS = ("top_to_bottom", "bottom_to_top", "left_to_right", "right_to_left")


@dataclass(frozen=True)
class Shutter:
    """Line-timed shutter: line v is exposed during [v * line_readout, v * line_readout + exposure].

    exposure_us: 0 freezes motion. line_readout_us: delay from a line to the next; 0 is a global shutter.
    scan_direction: the way in which the lines are read; lines are rows if it is vertical, else columns.
    frame_period_us: from the start of a frame to that of the next, None for a camera of single pictures. A
    line is read once and exposed once per period, so neither the exposure nor the readout of all lines may
    last longer; together they may, because a line is exposed while others are read.
    """

    exposure_us: float = 0.0
    line_readout_us: float = 0.0
    scan_direction: str = "top_to_bottom"
    frame_period_us: float | None = None

    def __post_init__(self):
        require_number("shutter.exposure_us", self.exposure_us, 0, 60e6)
        require_number("shutter.line_readout_us", self.line_readout_us, 0, 1e6)
        require_choice("shutter.scan_direction", self.scan_direction, SCAN_DIRECTIONS)
        if self.frame_period_us is not None:
            require_number("shutter.frame_period_us", self.frame_period_us, 1, 3600e6)
            if self.exposure_us > self.frame_period_us:
                raise ProfileError(f"camera profile, shutter.exposure_us: expected at most frame_period_us "
                                   f"({self.frame_period_us:g}), found {self.exposure_us:g}; expose for less or "
                                   f"lower the frame rate")

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

    def require_readout_fits(self, width: int, height: int) -> None:
        """Raise ProfileError if reading a picture of this size takes longer than the frame period."""
        readout_us = self.line_count(width, height) * self.line_readout_us
        if self.frame_period_us is not None and readout_us > self.frame_period_us:
            raise ProfileError(f"camera profile, shutter.frame_period_us: expected at least {readout_us:g}, which "
                               f"reading {width}x{height} px takes with line_readout_us "
                               f"{self.line_readout_us:g}, found {self.frame_period_us:g}; lower the frame rate or "
                               f"read faster")

    def frame_duration_s(self, width: int, height: int) -> float:
        """From the first line's start of exposure to the last line's end [s]."""
        return (self.line_count(width, height) - 1) * self.line_readout_s + self.exposure_s
