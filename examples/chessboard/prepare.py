"""The chessboard example's files: `python -m examples.chessboard.prepare`, in the folder that holds params.yaml.

Draws the cutouts of the board, and takes photographs of a real one out of the source archive that the stage `real`
fetches too. They are shots that OpenCV's stereo calibration learns from, by two cameras side by side, so nobody has to
mark the board: its corners are found, each camera is calibrated on them, and the board's outline is projected.
"""

import shutil
import tempfile
from pathlib import Path

import cv2
import numpy as np

from pipeline.config import load_params
from pipeline.data.coco import write_coco
from pipeline.data.coco_set import Annotation, Category, Image
from pipeline.data.fetch import extract_members, fetch_archive
from pipeline.data.images import read_picture
from pipeline.errors import DataError, main

OUT = Path("data/own/chessboard")
CAMERAS = ("left", "right")
SPLITS = {"train": (1, 2, 3, 4, 5), "spare": (6,), "test": (7, 8, 9, 11, 12, 13, 14)}  # both views of a shot in one
LABELLED, UNLABELLED = ("train", "test"), ("train", "spare")

COLUMNS, ROWS = 9, 7  # squares; of the first and the last column only half of each is printed, so that there are 10
INNER = 9, 6  # corners that four squares share
FIRST_INNER = 0.5, 1  # where the first is, in squares from the corner of the board
LEAST_VISIBLE = 0.9  # of the board: what is cut off more would need a box of its own kind

CUTOUTS, SQUARE_PX, BORDER_PX = 12, 36, 8
SALT = 301  # keeps these draws apart from those of the stages


def run() -> None:
    """Write cutouts, labelled and unlabelled pictures below data/own/chessboard."""
    params = load_params()
    shutil.rmtree(OUT, ignore_errors=True)
    for number in range(CUTOUTS):
        rng = np.random.default_rng([params.seed, SALT, number])
        write_image_with_alpha(OUT / "cutouts/chessboard" / f"{number:02d}.png", draw_cutout(rng))
    with tempfile.TemporaryDirectory() as scratch:
        shots = [(number, camera) for numbers in SPLITS.values() for number in numbers for camera in CAMERAS]
        paths = {shot: Path(scratch) / "{:02d}_{}.jpg".format(*shot) for shot in shots}
        members = {f"opencv/samples/data/{camera}{number:02d}.jpg": path for (number, camera), path in paths.items()}
        extract_members(fetch_archive(params.real.package, params.real.archive_sha256), members)
        boxes = {}
        for one in CAMERAS:
            boxes |= boxes_of([path for (_, camera), path in paths.items() if camera == one])
        for split, numbers in SPLITS.items():
            mine = [path for (number, _), path in paths.items() if number in numbers]
            if split in UNLABELLED:
                copy(mine, OUT / "unlabelled")
            if split in LABELLED:
                write_split(OUT / "labelled" / split, [path for path in mine if path in boxes], boxes)


def boxes_of(paths: list[Path]) -> dict[Path, tuple[float, float, float, float]]:
    """{picture: box x0, y0, x1, y1 px around the printed squares}, of pictures of one camera.

    Pictures in which the corners are not found, or that cut the board off, are left out and named. Raises `DataError`
    if fewer than 3 are left, of which no camera can be calibrated.
    """
    corners = {path: found for path in paths if (found := find_corners(path)) is not None}
    for path in paths:
        if path not in corners:
            print(f"{path.name}: left out, because not all {INNER[0]} x {INNER[1]} corners of the board were found")
    if len(corners) < 3:
        raise DataError(f"{paths[0].name} and others: expected corners in at least 3 pictures, found them in "
                        f"{len(corners)}; use pictures that show the whole board")  # fmt: skip
    size = read_picture(paths[0]).shape[1::-1]
    board = [grid(FIRST_INNER, INNER)] * len(corners)
    error_px, matrix, lens, turns, shifts = cv2.calibrateCamera(board, list(corners.values()), size, None, None)
    print(f"corners in {len(corners)} of {len(paths)} pictures, which one camera explains to {error_px:.2f} px")
    outline = grid((0, 0), (COLUMNS + 1, ROWS + 1))
    boxes = {}
    for path, turn, shift in zip(corners, turns, shifts, strict=True):
        seen = cv2.projectPoints(outline, turn, shift, matrix, lens)[0][:, 0]
        low, high = seen.min(axis=0), seen.max(axis=0)
        inside_low, inside_high = np.clip(low, 0, size), np.clip(high, 0, size)
        visible = np.prod(inside_high - inside_low) / np.prod(high - low)
        if visible < LEAST_VISIBLE:
            print(f"{path.name}: left out, because only {visible:.0%} of the board's box is in the picture")
        else:
            boxes[path] = (*map(float, inside_low), *map(float, inside_high))
    return boxes


def find_corners(path: Path) -> np.ndarray | None:
    """The inner corners, float32 (54, 1, 2) px with pixel centres at whole numbers + 0.5; None if not all are found."""
    grey = cv2.cvtColor(read_picture(path), cv2.COLOR_RGB2GRAY)
    is_found, corners = cv2.findChessboardCorners(grey, INNER)
    if not is_found:
        return None
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 30, 0.01)
    return cv2.cornerSubPix(grey, corners, (5, 5), (-1, -1), stop) + 0.5


def grid(first: tuple[float, float], counts: tuple[int, int]) -> np.ndarray:
    """Points one square apart, in units of squares from the corner of the board, float32 (N, 3), row by row."""
    x, y = np.meshgrid(*(start + np.arange(count) for start, count in zip(first, counts, strict=True)))
    return np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1).astype(np.float32)


def write_split(folder: Path, paths: list[Path], boxes: dict) -> None:
    """A COCO set of pictures with one board each."""
    copy(paths, folder / "images")
    images, annotations = [], []
    for number, path in enumerate(paths, 1):
        height, width = read_picture(path).shape[:2]
        images.append(Image(number, path.name, width, height))
        annotations.append(Annotation(number, number, tuple(round(value, 1) for value in boxes[path])))
    write_coco(folder / "annotations.json", images, annotations, (Category(1, "chessboard", False),))
    print(f"{folder}: {len(paths)} pictures")


def copy(paths: list[Path], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        shutil.copyfile(path, folder / path.name)


def draw_cutout(rng: np.random.Generator) -> np.ndarray:
    """A board of its own ink and paper, in light that falls off across it: uint8 RGBA, clear around the squares."""
    ink, paper, tint = rng.uniform(15, 70), rng.uniform(170, 250), rng.uniform(0.96, 1.04, 3)
    rows, columns = np.mgrid[: ROWS * SQUARE_PX, : COLUMNS * SQUARE_PX]
    is_ink = (rows // SQUARE_PX + (columns + SQUARE_PX // 2) // SQUARE_PX) % 2 == rng.integers(2)
    angle, falloff = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.3)
    along = columns / columns.max() * np.cos(angle) + rows / rows.max() * np.sin(angle)
    board = np.where(is_ink, ink, paper) * (1 - falloff * (along - along.min()) / np.ptp(along))
    rgb = np.round(np.clip(board[..., None] * tint, 0, 255)).astype(np.uint8)
    rgba = np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])
    return np.pad(rgba, ((BORDER_PX, BORDER_PX), (BORDER_PX, BORDER_PX), (0, 0)))


def write_image_with_alpha(path: Path, rgba: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA))


if __name__ == "__main__":
    main(run)
