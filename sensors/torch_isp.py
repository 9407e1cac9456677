"""The ISP of sensors/isp.py and the demosaicing of sensors/cfa.py for batches in torch, on any device.

Codes are whole numbers from 0 to 65535 held in float32, in which all of the arithmetic on them is exact. Sums of
shifted pictures stand where others would call a convolution or a matrix product: those may round to 10 bits
(TF32), which a 16-bit code does not survive.
"""

import numpy as np
import torch
from torch.nn.functional import pad

from sensors.cfa import Cfa
from sensors.isp import IDENTITY, LUMA, PEDESTAL, WHITE_SPAN, Isp
from sensors.smoothing import gaussian_kernel

MAX_CODE = 65535


def to_code(linear: torch.Tensor, gain: torch.Tensor, offset: torch.Tensor) -> torch.Tensor:
    """`isp.to_code`: linear * gain + offset as 16-bit code; gain and offset broadcast against `linear`."""
    return (linear * (WHITE_SPAN * gain) + (WHITE_SPAN * offset + (PEDESTAL + 0.5))).clamp(0, MAX_CODE).floor()


def demosaic(raw: torch.Tensor, cfa: Cfa) -> torch.Tensor:
    """(B, H, W) codes -> (B, 3, H, W), both sizes at least 4 px; every value as cv2.demosaicing gives it.

    bilinear: the mean of the nearest neighbours of a colour, halves rounded up. edge_aware: the same, but green in
    red and blue pixels comes from the pair of neighbours, left and right or above and below, that differs less
    (left and right on a draw). The outermost pixels repeat those inside.
    """
    def at(dy, dx):
        return raw[:, 1 + dy : raw.shape[1] - 1 + dy, 1 + dx : raw.shape[2] - 1 + dx]

    across, along = at(0, -1) + at(0, 1), at(-1, 0) + at(1, 0)
    horizontal, vertical = ((across + 1) / 2).floor_(), ((along + 1) / 2).floor_()
    diagonal = ((at(-1, -1) + at(-1, 1) + at(1, -1) + at(1, 1) + 2) / 4).floor_()
    if cfa.demosaic == "edge_aware":
        flat_along = (at(0, -1) - at(0, 1)).abs() > (at(-1, 0) - at(1, 0)).abs()
        cross = torch.where(flat_along, vertical, horizontal)
    else:
        cross = ((across + along + 2) / 4).floor_()
    own = at(0, 0)
    red_row, red_col = _sites_of_red(raw, cfa)
    red = _spread(own, horizontal, vertical, diagonal, red_row, red_col)
    blue = _spread(own, horizontal, vertical, diagonal, ~red_row, ~red_col)
    rgb = torch.stack([red, torch.where(red_row != red_col, own, cross), blue], dim=1)
    return pad(rgb, (1, 1, 1, 1), mode="replicate")


def _sites_of_red(raw: torch.Tensor, cfa: Cfa) -> tuple[torch.Tensor, torch.Tensor]:
    """Which rows (H - 2, 1) and which columns (1, W - 2) inside the border hold red pixels."""
    row, col = divmod(cfa.pattern.index("R"), 2)
    rows = torch.arange(1, raw.shape[1] - 1, device=raw.device) % 2 == row
    cols = torch.arange(1, raw.shape[2] - 1, device=raw.device) % 2 == col
    return rows[:, None], cols[None]


def _spread(own, horizontal, vertical, diagonal, row, col) -> torch.Tensor:
    """A colour that only the pixels in `row` and `col` see."""
    return torch.where(row, torch.where(col, own, horizontal), torch.where(col, vertical, diagonal))


def process(code: torch.Tensor, isp: Isp, table: torch.Tensor) -> torch.Tensor:
    """`isp.process` without the 8 bits: (B, 3, H, W) white-balanced code -> display values, 0 black to 1 white.

    table: `isp.tone_table` on the device of `code`.
    """
    code = _denoise(code, isp)
    if isp.colour_matrix != IDENTITY:
        matrix = np.array(isp.colour_matrix)
        code = _as_code(mix(code, matrix, PEDESTAL * (1 - matrix.sum(axis=1))))
    display = table.index_select(0, code.flatten().int()).view(code.shape)
    if isp.saturation != 1:
        display = mix(display, isp.saturation * np.eye(3) + (1 - isp.saturation) * np.tile(LUMA, (3, 1)))
    if isp.sharpening:
        luma = _luma(display)
        display = display + isp.sharpening * (luma - smooth(luma, isp.sharpening_sigma_px))
    return display.clamp_(0, 1)


def mix(image: torch.Tensor, matrix: np.ndarray, offset=(0.0, 0.0, 0.0)) -> torch.Tensor:
    """(B, 3, H, W) -> matrix @ rgb + offset of every pixel."""
    red, green, blue = image.unbind(dim=1)
    rows = [(red * float(m[0])).add_(green, alpha=float(m[1])).add_(blue, alpha=float(m[2])).add_(float(o))
            for m, o in zip(matrix, offset, strict=True)]
    return torch.stack(rows, dim=1)


def smooth(image: torch.Tensor, sigma_px: float) -> torch.Tensor:
    """`smoothing.smooth` of (B, C, H, W) float32."""
    return convolve(image, gaussian_kernel(sigma_px))


def convolve(image: torch.Tensor, kernel: np.ndarray) -> torch.Tensor:
    """(B, C, H, W) float32 with the taps of `kernel` (2 r + 1,) along both axes; borders are mirrored."""
    taps = kernel.tolist()
    for axis in (3, 2):
        size, reach = image.shape[axis], len(taps) // 2
        wide = image.index_select(axis, _mirrored(size, reach, image.device))
        image = wide.narrow(axis, 0, size) * taps[0]
        for i, weight in enumerate(taps[1:], start=1):
            image.add_(wide.narrow(axis, i, size), alpha=weight)
    return image


def _mirrored(size: int, reach: int, device) -> torch.Tensor:
    """Which pixels stand at -reach .. size + reach - 1: beyond the border they come back, the last one repeated."""
    position = torch.arange(-reach, size + reach, device=device) % (2 * size)
    return torch.minimum(position, 2 * size - 1 - position)


def _denoise(code: torch.Tensor, isp: Isp) -> torch.Tensor:
    if isp.denoise_sigma_px > 0:
        code = _as_code(smooth(code, isp.denoise_sigma_px))
    if isp.chroma_denoise_sigma_px > 0:
        soft = _as_code(smooth(code, isp.chroma_denoise_sigma_px))
        code = _as_code(soft + (_luma(code).round() - _luma(soft).round()))
    return code


def _luma(image: torch.Tensor) -> torch.Tensor:
    """(B, 3, H, W) -> (B, 1, H, W)."""
    return mix(image, np.array([LUMA]), (0.0,))


def _as_code(values: torch.Tensor) -> torch.Tensor:
    return values.round_().clamp_(0, MAX_CODE)
