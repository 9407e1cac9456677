"""JPEG quality from pixels: decoded DCT coefficients sit on the lattice of the quantization table."""

import numpy as np

# ITU-T T.81 table K.1, the luminance table that libjpeg scales by its quality
LUMINANCE = np.array([
    [16, 11, 10, 16, 24, 40, 51, 61], [12, 12, 14, 19, 26, 58, 60, 55], [14, 13, 16, 24, 40, 57, 69, 56],
    [14, 17, 22, 29, 51, 87, 80, 62], [18, 22, 37, 56, 68, 109, 103, 77], [24, 35, 55, 64, 81, 104, 113, 92],
    [49, 64, 78, 87, 103, 121, 120, 101], [72, 92, 95, 98, 112, 100, 103, 99]])
# table K.2, of the chroma planes
CHROMINANCE = np.array([
    [17, 18, 24, 47], [18, 21, 26, 66], [24, 26, 56, 99], [47, 66, 99, 99]])
CHROMINANCE = np.pad(CHROMINANCE, (0, 4), constant_values=99)

ROUNDING_STD = 0.45  # of a coefficient, from rounding luma and RGB to 8 bit [DN]
OUTLIERS = 0.1  # share of coefficients that clipping moved off the lattice
SMALLEST = 2.0  # coefficients below are mostly quantized to zero and tell nothing
NARROWEST = 4 * ROUNDING_STD  # steps below tell next to nothing: neighbouring points of the lattice overlap
FEWEST = 1000  # coefficients with wider steps, over all frequencies
FREQUENCIES = [(u, v) for u in range(8) for v in range(8) if u + v > 0]


def quantization_table(quality: int, base: np.ndarray = LUMINANCE) -> np.ndarray:
    """(8, 8) steps of libjpeg at quality 1..100; base LUMINANCE or CHROMINANCE."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    return np.clip((base * scale + 50) // 100, 1, 255)


def lattice_quality(coefficients: np.ndarray, min_evidence: float = 0.25) -> int | None:
    """libjpeg quality whose table explains the coefficients, or None where they sit on no JPEG lattice.

    coefficients: (blocks, 8, 8) orthonormal DCT of luma. min_evidence: mean log-likelihood gain over "no lattice" that
    a coefficient must bring whose step is wide enough to be seen. Above quality 98 hardly any is: None.
    """
    evidence, count = np.zeros((8, 8, 256)), np.zeros((8, 8))
    for u, v in FREQUENCIES:
        values = coefficients[:, u, v]
        values = values[np.abs(values) > SMALLEST]
        if len(values) >= 50:
            count[u, v] = len(values)
            evidence[u, v] = [0.0] + [lattice_evidence(values, step) for step in range(1, 256)]
    tables = [quantization_table(quality) for quality in range(1, 101)]
    gains = [(count * np.take_along_axis(evidence, table[..., None], 2)[..., 0]).sum() for table in tables]
    best = int(np.argmax(gains))
    telling = count[tables[best] >= NARROWEST].sum()
    return best + 1 if telling >= FEWEST and gains[best] >= min_evidence * telling else None


def lattice_evidence(values: np.ndarray, step: int) -> float:
    """Mean log-likelihood of a lattice with this step, relative to a smooth distribution."""
    if len(values) == 0 or step < NARROWEST:
        return 0.0
    distance = values - step * np.rint(values / step)
    density = step / (np.sqrt(2 * np.pi) * ROUNDING_STD) * np.exp(-0.5 * (distance / ROUNDING_STD) ** 2)
    return float(np.log(OUTLIERS + (1 - OUTLIERS) * density).mean())
