import numpy as np

from pipeline.augment.colour_jitter import ColourJitter, colour_jitter, sample_colour_jitter


def test_against_slow_arithmetic():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (5, 6, 3), np.uint8)
    jitter = ColourJitter((1.2, 0.9, 1.05), 0.8, 0.5, 7.0)
    expected = np.zeros(image.shape)
    for index in np.ndindex(5, 6):
        r, g, b = (float(value) for value in image[index])
        grey = 0.299 * r + 0.587 * g + 0.114 * b
        for channel, value in enumerate((r, g, b)):
            value = (0.5 * value + 0.5 * grey) * jitter.gain[channel]
            expected[index][channel] = (value - 127.5) * 0.8 + 127.5 + 7.0
    found = colour_jitter(image, jitter)  # in fixed-point arithmetic
    np.testing.assert_allclose(found, np.clip(expected, 0, 255), atol=0.6)


def test_nothing_is_nothing():
    image = np.random.default_rng(1).integers(0, 256, (7, 8, 3), np.uint8)
    np.testing.assert_array_equal(colour_jitter(image, ColourJitter((1.0, 1.0, 1.0), 1.0, 1.0, 0.0)), image)
    drawn = sample_colour_jitter(np.random.default_rng(2), 0.0, 0.0)
    np.testing.assert_array_equal(colour_jitter(image, drawn), image)


def test_grey():
    image = np.random.default_rng(3).integers(0, 256, (7, 8, 3), np.uint8)
    jitter = sample_colour_jitter(np.random.default_rng(4), 0.0, 1.0)
    grey = colour_jitter(image, jitter)
    assert (grey == grey[..., :1]).all()


def test_ranges():
    rng = np.random.default_rng(5)
    for _ in range(300):
        jitter = sample_colour_jitter(rng, 0.3, 0.1)
        assert 1 / 1.3**1.25 <= min(jitter.gain) <= max(jitter.gain) <= 1.3**1.25
        assert 1 / 1.3 <= jitter.contrast <= 1.3
        assert jitter.saturation == 0 or 0.7 <= jitter.saturation <= 1.3
        assert abs(jitter.offset) <= 64 * 0.3
