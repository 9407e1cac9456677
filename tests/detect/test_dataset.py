import numpy as np
import pytest

from pipeline.data.coco import CocoSet, Image, read_coco
from pipeline.data.files import read_image
from pipeline.detect.dataset import pack, shrink
from pipeline.errors import DataError


def test_shrink_is_a_mean():
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    mean = image.reshape(10, 2, 15, 2, 3).astype(float).mean((1, 3))
    np.testing.assert_allclose(shrink(image, 0.5), mean, atol=0.51)


def test_pack(small_dataset, tmp_path):
    coco = read_coco(small_dataset / "annotations.json", small_dataset / "images")
    packed = pack(coco, small_dataset / "images", 0.5, tmp_path / "pixels.bin")
    assert len(packed) == 2 and packed.sizes == [(112, 80)] * 2
    for index, image in enumerate(packed.images()):
        native = read_image(small_dataset / "images" / f"{index}.png")
        np.testing.assert_array_equal(image, shrink(native, 0.5))
        np.testing.assert_allclose(packed.boxes[index] * 2, coco.boxes(index)[0])
        assert packed.ignore[index].tolist() == [False, False, True]


def test_boxes_follow_the_rounding_of_odd_sizes(small_dataset, tmp_path):
    coco = read_coco(small_dataset / "annotations.json", small_dataset / "images")
    packed = pack(coco, small_dataset / "images", 0.33, tmp_path / "pixels.bin")
    assert packed.sizes[0] == (74, 53)
    np.testing.assert_allclose(packed.boxes[0][:, 2], coco.boxes(0)[0][:, 2] * 74 / 224, rtol=1e-6)


def test_wrong_size(small_dataset, tmp_path):
    wrong = CocoSet([Image(0, "0.png", 100, 100)], [])
    with pytest.raises(DataError, match="0.png: expected .100, 100. px as annotated, found .224, 160."):
        pack(wrong, small_dataset / "images", 0.5, tmp_path / "pixels.bin")
