import numpy as np
import pytest

from pipeline.data.coco import Annotation, CocoSet, Image, read_coco
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


@pytest.mark.parametrize(("extra", "iscrowd", "learned"), [
    ({"visible_fraction": 0.35, "truncation": 0.0}, True, True),  # more than half hidden, but not much more
    ({"visible_fraction": 0.25, "truncation": 0.0}, True, False),
    ({"visible_fraction": 0.5, "truncation": 0.5}, True, False),
    ({}, True, False),
    ({}, False, True),
])  # fmt: skip
def test_people_of_whom_enough_is_seen_are_learned(extra, iscrowd, learned, small_dataset, tmp_path):
    coco = CocoSet([Image(0, "0.png", 224, 160)], [Annotation(1, 0, (10, 10, 40, 90), iscrowd, extra)])
    packed = pack(coco, small_dataset / "images", 0.5, tmp_path / "pixels.bin")
    assert packed.ignore[0].tolist() == [not learned]
