"""Stage `calibrate`: unlabelled real frames -> data/out/calibration: camera.json (profile and view) and plate.png."""

import json
from pathlib import Path

import numpy as np
from tqdm import tqdm

from pipeline.data.files import atomic_folder, read_image, write_image, write_json
from pipeline.errors import DataError, main
from pipeline.scene.photographs import load_photographs
from pipeline.scene.view_fit import fit_view
from sensors.calibrate import CalibrationError, calibrate, median_plate
from sensors.camera_motion import moves
from sensors.motion_fit import MOST_FRAMES

VIDEO = Path("data/out/real/calibration/video.json")
FRAMES = Path("data/out/real/calibration/images")
PHOTOS = Path("data/out/real/photos")  # tone and saturation are told relative to these
OUT = Path("data/out/calibration")
ENOUGH = 100  # frames of a static camera, spread over all: neighbours tell little new


def run():
    paths = sorted(FRAMES.glob("*.png"))
    if not paths:
        raise DataError(
            f"{FRAMES}: expected the unlabelled real frames, found none; run `dvc repro` or the stage real first"
        )
    some = paths[:: max(1, len(paths) // ENOUGH)]
    frames = [read_image(path) for path in tqdm(some, "calibrate", unit="frame", disable=None)]
    plate = np.round(median_plate(frames)).astype(np.uint8)
    if len(frames) > 1 and moves(frames):  # its line readout is told by neighbours only
        frames = [read_image(path) for path in paths[:MOST_FRAMES]]
    rate = json.loads(VIDEO.read_text())["frames_per_s"]
    try:
        fitted = calibrate(frames, load_photographs(PHOTOS), rate).to_dict()
    except CalibrationError as error:
        raise DataError(f"{FRAMES}: {error}; give more unlabelled frames (real.unlabelled)") from None
    try:
        view = fit_view(frames, plate)
    except DataError as error:  # only the effect `site` needs it
        view = {"unknown": [f"view over the ground: {error}"]}
    with atomic_folder(OUT) as folder:
        write_image(folder / "plate.png", plate)
        write_json(folder / "camera.json", {**fitted, "view": view})
    print(f"calibrate: camera profile, view and background plate of {len(frames)} frames in {OUT}")


if __name__ == "__main__":
    main(run)
