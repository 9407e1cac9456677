"""The section of params.yaml about real test frames exposed again by a worse camera."""

from dataclasses import dataclass

from pipeline.fields import within

Range = tuple[float, float]


@dataclass(frozen=True)
class StressParams:
    images: int = within(1, 10**6, "of the test frames, evenly spread", "images")
    seeds: int = within(1, 100, "of train.seeds; 1: intervals know no luck of training", "runs")
    pan_px_s_range: Range = within(1.0, 1e5, "how fast the image moves as the camera turns")
    vibration_px_range: Range = within(0.0, 100.0, "amplitude")
    vibration_hz_range: Range = within(0.1, 2000.0, "of the camera")
    motion_blur_px: tuple[float, ...] = within(0.1, 500.0, "motion during the exposure")
    rolling_shutter_skew_px: tuple[float, ...] = within(0.1, 500.0, "motion while the frame is read")
    electrons_at_white: tuple[float, ...] = within(1.0, 1e6, "low light", "e-")
    jpeg_quality: tuple[int, ...] = within(1, 100, "compression")
