"""The bank of places: composed once, photographed on many rungs.

Each place is a picture (8 bit RGB, display values), a depth map (16 bit, cm) and the view and light it was made under.
Every rung reads every place again: both are arrays as they are, because decoding takes longer than drawing the people.
"""

import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from pipeline.data.files import sha256_of, write_bytes
from pipeline.errors import UserError
from pipeline.scene.light import Light
from pipeline.scene.view import View
from sensors.isp import srgb_from_linear


@dataclass(frozen=True, eq=False)
class Place:
    display: np.ndarray  # uint8 (H, W, 3) display values
    depth_m: np.ndarray  # float32 (H, W)
    view: View
    light: Light
    gain: float  # of the picture over reflectance times light


def save_place(folder, number, image, depth_m, view, light):
    """Write one place; the brightest percent of its light is the display's white. Returns its record for the index."""
    white = max(float(np.percentile(image, 99.5)), 1e-3)
    display = np.round(255 * srgb_from_linear(np.clip(image / white, 0, 1))).astype(np.uint8)
    _write_array(folder / f"{number:04d}.npy", display)
    _write_array(folder / f"{number:04d}_depth.npy", np.round(depth_m * 100).astype(np.uint16))
    return {
        "sha256": sha256_of(folder / f"{number:04d}.npy"),
        "gain": 1 / white,
        "view": asdict(view),
        "light": asdict(light),
    }


def _write_array(path, array):
    content = io.BytesIO()  # np.save to a file reserves space first, which some file systems do slowly
    np.save(content, array)
    write_bytes(path, content.getvalue())


class Bank:
    """Reads places by split and number, from the folder that the stage `places` wrote."""

    def __init__(self, folder):
        self.folder = Path(folder)
        index = self.folder / "index.json"
        if not index.is_file():
            raise UserError(
                f"{index}: the bank of places is missing; run `dvc repro` or `python -m pipeline.stages.places`"
            )
        self.index = json.loads(index.read_text(encoding="utf-8"))

    def place(self, split, number):
        """Place `number`, counted around when there are fewer."""
        records = self.index[split]
        number %= len(records)
        stem = self.folder / split / f"{number:04d}"
        depth_m = np.load(f"{stem}_depth.npy") / np.float32(100)
        record = records[number]
        light = Light(
            **{
                key: tuple(value) if isinstance(value, list) else value
                for key, value in record["light"].items()
            }
        )
        return Place(np.load(f"{stem}.npy"), depth_m, View(**record["view"]), light, record["gain"])
