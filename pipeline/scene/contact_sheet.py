"""A page of sprites for the eye: painted at random and lit, beside their regions; of things, beside their normals."""

import cv2
import numpy as np

from pipeline.scene.atlas import REGIONS
from sensors.isp import srgb_from_linear

REGION_COLOURS = np.array(
    [
        [255, 255, 255],
        [236, 188, 154],
        [90, 60, 40],
        [230, 120, 30],
        [60, 130, 220],
        [120, 60, 170],
        [50, 60, 110],
        [210, 60, 110],
        [30, 30, 30],
        [70, 160, 90],
    ],
    np.float32,
)
CELL = (216, 232)  # px height, width: the picture and the regions of one person


def contact_sheet(atlas, columns=10, rows=8):
    """RGB uint8 page of up to columns x rows sprites drawn from the atlas."""
    count = min(len(atlas), columns * rows)
    rng = np.random.default_rng(0)
    picked = np.sort(rng.permutation(len(atlas))[:count])
    page = np.full((rows * CELL[0], columns * CELL[1], 3), 255, np.uint8)
    for k, i in enumerate(picked):
        sprite = atlas[int(i)]
        y, x = (k // columns) * CELL[0], (k % columns) * CELL[1]
        if sprite.albedo is None:
            colours, beside = shade(sprite, random_colours(rng)[sprite.region]), REGION_COLOURS[sprite.region]
        else:
            colours, beside = 255 * srgb_from_linear(sprite.albedo / 65535), sprite.normal + 127.5
        pictures = over(colours, sprite.alpha, (150, 155, 150)), over(beside, sprite.alpha, (255, 255, 255))
        if sprite.albedo is not None:
            pictures = map(_fit, pictures)
        for half, picture in enumerate(pictures):
            _put(page, picture, y, x + half * CELL[1] // 2)
        label = f"{sprite.person} {sprite.pose} {sprite.yaw_deg:.0f}/{sprite.pitch_deg:.0f}"
        cv2.putText(
            page, label, (x + 2, y + CELL[0] - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (0, 0, 0), 1, cv2.LINE_AA
        )
    return page


def shade(sprite, colour, light=(-0.45, -0.7, 0.55)):
    """colour (h, w, 3) in [0, 255] under a lamp and an even sky, matt: float32. light: toward the lamp."""
    light = np.array(light, np.float32) / np.linalg.norm(light)
    normal = sprite.normal.astype(np.float32) / 127
    return colour * (0.45 + 0.6 * np.clip(normal @ light, 0, None))[..., None]


def random_colours(rng):
    """A colour (RGB, display) for every region."""
    colours = rng.uniform(20, 230, (len(REGIONS), 3)).astype(np.float32)
    grey = colours.mean(axis=1, keepdims=True)
    colours = grey + (colours - grey) * rng.uniform(0.1, 0.9, (len(REGIONS), 1)).astype(np.float32)
    tone = rng.uniform(0.3, 1.0)
    colours[REGIONS.index("skin")] = np.array([232, 190, 165]) * tone
    colours[REGIONS.index("hair")] = np.array([110, 85, 60]) * rng.uniform(0.15, 1.2)
    colours[REGIONS.index("shoes")] *= rng.uniform(0.2, 0.8)
    colours[REGIONS.index("trousers")] *= rng.uniform(0.3, 0.8)
    return colours


def over(colour, alpha, backdrop):
    share = alpha[..., None].astype(np.float32) / 255
    return np.clip(share * colour + (1 - share) * np.array(backdrop, np.float32), 0, 255).astype(np.uint8)


def _put(page, picture, y, x):
    """Picture at the bottom of its half cell, centred, cut to it."""
    height, width = min(picture.shape[0], CELL[0] - 18), min(picture.shape[1], CELL[1] // 2)
    left = (picture.shape[1] - width) // 2
    x += (CELL[1] // 2 - width) // 2
    bottom = y + CELL[0] - 18
    page[bottom - height : bottom, x : x + width] = picture[:height, left : left + width]


def _fit(picture):
    """Shrunk to a half cell where it is larger."""
    scale = min((CELL[0] - 18) / picture.shape[0], CELL[1] / 2 / picture.shape[1], 1.0)
    size = [max(int(scale * length), 1) for length in picture.shape[1::-1]]
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA) if scale < 1 else picture
