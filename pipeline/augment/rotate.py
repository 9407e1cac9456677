"""Turn an image about its middle, with boxes as tight as a box allows.

A box does not say what is in it. The hull of its turned corners holds every object that it may have held, and is too
large for nearly all of them: of a pedestrian 2.5 times as high as wide, turned by 45 degrees, it has 1.7 times the area
of the box used here, which is tight around the turned ellipse inscribed in the old box, as Kalra et al., "Towards
Rotation Invariance in Object Detection" (2021) propose. It is exact for an object that is an ellipse, and at 90 degrees
for every object; in between, a thing that fills the corners of its box reaches beyond it.
"""

from dataclasses import replace

import cv2
import numpy as np

from pipeline.augment.boxes import area, clipped, with_boxes
from pipeline.augment.sample import Sample
from pipeline.augment.scale_crop import FILL

MAX_DEG = 90.0


def sample_angle_deg(rng: np.random.Generator, strength: float) -> float:
    """90 degrees times strength, to either side."""
    return float(MAX_DEG * strength * rng.choice([-1, 1]))


def rotate(sample: Sample, angle_deg: float) -> Sample:
    """Turn clockwise as seen; what comes from outside the image is grey, the image's size stays."""
    height, width = sample.image.shape[:2]
    angle = np.deg2rad(angle_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = np.array([width, height]) / 2
    shift = middle - 0.5 - turn @ (middle - 0.5)  # OpenCV counts from pixel centres
    image = cv2.warpAffine(sample.image, np.column_stack([turn, shift]), (width, height), borderValue=(FILL,) * 3)
    centres = (sample.boxes[:, :2] + sample.boxes[:, 2:]) / 2
    centres = (centres - middle) @ turn.T + middle
    half = turned_half_sides((sample.boxes[:, 2:] - sample.boxes[:, :2]) / 2, turn)
    whole = np.hstack([centres - half, centres + half])
    inside = clipped(whole, (0, 0, width, height))
    return with_boxes(replace(sample, image=image), inside, area(inside) / np.maximum(area(whole), 1e-9))


def turned_half_sides(half: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """(N, 2) half sides of the box around an ellipse with half axes `half` (N, 2), once along x and y, now turned.

    turn: (2, 2) rotation matrix.

    Along a direction the ellipse reaches as far as sqrt(sum of (half axis times the axis' part of it)^2).
    """
    return np.sqrt(half**2 @ (turn**2).T)
