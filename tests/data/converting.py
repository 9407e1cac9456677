"""Running the converter, and judging what it wrote without its help."""

import numpy as np
import pytest
import yaml

from pipeline.data.convert import run
from pipeline.data.images import shown_size
from pipeline.errors import UserError

WITHIN_PX = 1e-6


def convert(*words):
    run(*map(str, words))


def fails(match, *words):
    with pytest.raises(UserError, match=match) as raised:
        convert(*words)
    return str(raised.value).splitlines()


def plain_yolo(folder, split):
    """YOLO labels of a split as xywh in px by picture, parsed by nothing but str.split."""
    names = yaml.safe_load((folder / "data.yaml").read_text(encoding="utf-8"))["names"]
    found = {}
    for picture in sorted((folder / "images" / split).rglob("*.*")):
        name = picture.relative_to(folder / "images" / split)
        width, height = shown_size(picture)
        rows = []
        for line in (folder / "labels" / split / name).with_suffix(".txt").read_text().splitlines():
            number, x, y, w, h = line.split(" ")
            x, y, w, h = float(x), float(y), float(w), float(h)
            assert min(x, y, w, h) >= 0 and max(x, y, w, h) <= 1  # Ultralytics refuses others
            rows.append((names[int(number)], (x - w / 2) * width, (y - h / 2) * height, w * width, h * height))
        found[name.as_posix()] = sorted(rows)
    return found


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for name, rows in expected.items():
        assert [row[0] for row in found[name]] == [row[0] for row in rows]
        for ours, theirs in zip(found[name], rows, strict=True):
            assert np.abs(np.subtract(ours[1:], theirs[1:])).max() < WITHIN_PX
