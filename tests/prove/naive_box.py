"""`python -m tests.prove.naive_box [data/out]` -> docs/naive_box.png: labels that know the shutter, and naive ones.

One of the run's scenes, photographed by a rolling shutter while the camera pans fast. A naive label is what a global
shutter would have seen at the frame's start.
"""

import dataclasses
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pipeline.scene.draw import draw, load_stock
from pipeline.scene.motion import CameraMotion
from pipeline.scene.recipe import read_recipe
from sensors import Camera, CameraProfile, Isp, Shutter, expose

OUT = Path("docs/naive_box.png")
SPLIT, INDEX = "train", 84
PAN_PX_S = -1200.0
SHUTTER = Shutter(exposure_us=2000, line_readout_us=55)
CROP = 216, 326, 636, 568  # left, top, right, bottom
ZOOM, COLOURS = 2.2, 240
NAIVE, OURS = (255, 60, 40), (60, 255, 90)


def main(folder):
    recipe = read_recipe(folder / "recipes" / "rolling_shutter.json")
    stock = load_stock(recipe, *(folder / name for name in ("assets", "real/photos", "places", "calibration")))
    scene, _ = draw(recipe, stock, SPLIT, INDEX)
    pan_rad_s = PAN_PX_S / scene.view.focal_px
    scene = dataclasses.replace(scene, motion=CameraMotion(pan_rad_s=pan_rad_s))
    photo = Camera(CameraProfile(shutter=SHUTTER, isp=Isp())).photograph(scene, np.random.default_rng([INDEX]))
    naive = {label.actor: label.box for label in expose(scene).labels}
    ours = {label.actor: label.box for label in photo.labels if _is_in_crop(label.box)}
    overlaps = [_overlap(naive[actor], box) for actor, box in ours.items()]
    print(f"naive_box: {len(ours)} people, IoU of naive and true box {min(overlaps):.2f} to {max(overlaps):.2f}")
    picture = _zoomed(photo.image)
    pen = ImageDraw.Draw(picture)
    for actor, box in ours.items():
        pen.rectangle(_on_picture(naive[actor]), outline=NAIVE, width=3)
        pen.rectangle(_on_picture(box), outline=OURS, width=3)
    readout_ms = SHUTTER.line_readout_us * scene.height / 1000
    legend = _legend(picture.width, [
        (OURS, "this camera's label: each line at its own time"),
        (NAIVE, f"naive label: global shutter at the frame's start, IoU {min(overlaps):.2f} to {max(overlaps):.2f}"),
        (None, f"pan {abs(np.degrees(pan_rad_s)):.0f}°/s ({abs(PAN_PX_S):.0f} px/s), readout {readout_ms:.0f} ms"),
    ])
    whole = Image.new("RGB", (picture.width, picture.height + legend.height))
    whole.paste(picture, (0, 0))
    whole.paste(legend, (0, picture.height))
    OUT.parent.mkdir(exist_ok=True)
    whole.quantize(COLOURS, kmeans=5, dither=Image.Dither.NONE).save(OUT, optimize=True)


def _is_in_crop(box):
    left, top, right, bottom = CROP
    return left < box[0] and top < box[1] and box[2] < right and box[3] < bottom


def _overlap(a, b):
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    area_a, area_b = ((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return width * height / (area_a + area_b - width * height)


def _zoomed(image):
    left, top, right, bottom = CROP
    size = round((right - left) * ZOOM), round((bottom - top) * ZOOM)
    return Image.fromarray(image[top:bottom, left:right]).resize(size, Image.Resampling.BICUBIC)


def _on_picture(box):
    return [(edge - CROP[i % 2]) * ZOOM for i, edge in enumerate(box)]


def _legend(width, lines):
    font, step = ImageFont.load_default(size=22), 32
    strip = Image.new("RGB", (width, step * len(lines) + 14), (24, 24, 24))
    pen = ImageDraw.Draw(strip)
    for i, (colour, text) in enumerate(lines):
        y = 7 + step * i + step // 2
        if colour:
            pen.rectangle((14, y - 10, 44, y + 10), outline=colour, width=3)
        pen.text((58, y), text, fill=(240, 240, 240), font=font, anchor="lm")
    return strip


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "data/out"))
