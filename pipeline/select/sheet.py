"""The chosen frames on one page, with what the detectors see in them."""

from collections.abc import Sequence

import cv2
import numpy as np

from pipeline.select.doubt import Opinion

CELL_WIDTH_PX, CAPTION_PX, COLUMNS = 480, 26, 2
SURE, UNSURE = (40, 200, 90), (255, 150, 0)  # RGB
DRAWN_FROM, SURE_FROM = 0.15, 0.85  # chances


def contact_sheet(images: Sequence[np.ndarray], opinions: Sequence[Opinion], captions: Sequence[str]) -> np.ndarray:
    """RGB uint8 page, a legend and the frames (uint8 RGB) in reading order."""
    cells = [_cell(*one) for one in zip(images, opinions, captions, strict=True)]
    height = max(cell.shape[0] for cell in cells)
    rows = -(-len(cells) // COLUMNS)
    page = np.full((CAPTION_PX + rows * height, COLUMNS * CELL_WIDTH_PX, 3), 255, np.uint8)
    _write(page, f"detected with a chance of at least {SURE_FROM:.0%}", SURE, 6)
    _write(page, f"in doubt: {DRAWN_FROM:.0%} to {SURE_FROM:.0%}", UNSURE, CELL_WIDTH_PX + 6)
    for k, cell in enumerate(cells):
        y, x = CAPTION_PX + k // COLUMNS * height, k % COLUMNS * CELL_WIDTH_PX
        page[y : y + cell.shape[0], x : x + CELL_WIDTH_PX] = cell
    return page


def _write(strip: np.ndarray, words: str, colour: tuple[int, int, int], x: int) -> None:
    cv2.putText(strip, words, (x, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, 1, cv2.LINE_AA)


def _cell(image: np.ndarray, opinion: Opinion, caption: str) -> np.ndarray:
    scale = CELL_WIDTH_PX / image.shape[1]
    picture = cv2.resize(image, (CELL_WIDTH_PX, max(1, round(image.shape[0] * scale))), interpolation=cv2.INTER_AREA)
    for box, chance in zip(opinion.boxes, opinion.chance, strict=True):
        if chance >= DRAWN_FROM:
            corners = np.round(box.reshape(2, 2) * scale).astype(int)
            colour = SURE if chance >= SURE_FROM else UNSURE
            cv2.rectangle(picture, corners[0].tolist(), corners[1].tolist(), colour, 1, cv2.LINE_AA)
    top = np.full((CAPTION_PX, CELL_WIDTH_PX, 3), 255, np.uint8)
    _write(top, caption, (0, 0, 0), 6)
    return np.concatenate([top, picture])
