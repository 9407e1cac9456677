import io

import numpy as np
import pytest
from PIL import Image

from sensors import Codec, ProfileError
from sensors.codec import decode, encode
from sensors.jpeg_tables import quantization_table


def picture():
    y, x = np.mgrid[:64, :80]
    return np.stack([x * 3, y * 3, 255 - x - y], axis=2).astype(np.uint8)


def test_round_trip_keeps_rgb_order_and_values():
    image = picture()
    back = decode(encode(image, Codec(98, "444")))
    assert back.shape == image.shape and back.dtype == np.uint8
    assert np.abs(back.astype(int) - image).max() <= 6


@pytest.mark.parametrize("subsampling,layer", [("444", (1, 1)), ("422", (2, 1)), ("420", (2, 2))])
def test_pillow_reads_the_same_file(subsampling, layer):
    with Image.open(io.BytesIO(encode(picture(), Codec(60, subsampling)))) as file:
        assert file.layer[0][1:3] == layer
        np.testing.assert_array_equal(np.array(file.quantization[0]).reshape(8, 8), quantization_table(60))


def test_lower_quality_is_smaller():
    sizes = [len(encode(picture(), Codec(quality))) for quality in (95, 70, 30)]
    assert sizes == sorted(sizes, reverse=True)


def test_errors():
    with pytest.raises(ProfileError, match="codec.jpeg_quality: expected a whole number from 1 to 100"):
        Codec(0)
    with pytest.raises(ProfileError, match="codec.subsampling: expected one of 444, 422, 420; found '411'"):
        Codec(90, "411")
