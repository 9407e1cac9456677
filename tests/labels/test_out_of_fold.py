import dataclasses

import numpy as np
import pytest

from pipeline.config import load_params
from pipeline.data.coco import Annotation, CocoSet, Image
from pipeline.labels import out_of_fold
from tests.fabricated import REPOSITORY


@pytest.fixture
def coco():
    """Ten frames, not in order, with a person each."""
    order = [3, 1, 4, 0, 5, 9, 2, 6, 8, 7]
    images = [Image(100 + i, f"frame_{i:04d}.png", 64, 48) for i in order]
    return CocoSet(images, [Annotation(k + 1, image.id, (1, 2, 11, 32)) for k, image in enumerate(images)])


def test_a_detector_judges_only_what_it_has_not_learned_from(coco, monkeypatch, tmp_path):
    learned = []

    def fine_tune(checkpoint, part, folder, params, run):
        assert [a.image_id for a in part.annotations] and {a.image_id for a in part.annotations} == ids(part)
        learned.append(ids(part))
        return len(learned) - 1  # stands for the detector

    asked = []
    monkeypatch.setattr(out_of_fold, "fine_tune", fine_tune)
    monkeypatch.setattr(out_of_fold, "read_image", lambda path: path.name)
    monkeypatch.setattr(out_of_fold, "detections_of", lambda detector, name: asked.append((detector, name)) or name)
    params = load_params(REPOSITORY / "params.yaml")
    answers = out_of_fold.see_folds(coco, tmp_path, tmp_path / "x.pt", params, folds=3)
    assert answers == [f"frame_{i:04d}.png" for i in range(10)]
    for detector, name in asked:
        assert 100 + int(name[6:10]) not in learned[detector]
    assert len(learned) == 3 and set.union(*learned) == ids(coco)
    judged = [{int(name[6:10]) for detector, name in asked if detector == k} for k in range(3)]
    assert all(max(own) - min(own) == len(own) - 1 for own in judged)  # neighbours in time
    assert all(len(own) + len(rest) == 10 for own, rest in zip(judged, learned, strict=True))


def ids(coco):
    return {image.id for image in coco.images}


def test_more_folds_than_frames():
    assert [part.tolist() for part in out_of_fold.blocks(2, 4)] == [[0], [1]]


def test_labels_of_an_image_stay_together(coco):
    crowd = dataclasses.replace(coco.annotations[0], id=77, iscrowd=True)
    labels = out_of_fold.labels_of(CocoSet(coco.images, [*coco.annotations, crowd], coco.categories))
    at = next(i for i, image in enumerate(out_of_fold.in_order(coco)) if image.id == crowd.image_id)
    assert labels[at].ids.tolist() == [1, 77] and labels[at].ignore.tolist() == [False, True]
    assert labels[at].category.tolist() == ["person", "person"]
    np.testing.assert_array_equal(labels[at].boxes, [[1, 2, 11, 32]] * 2)
