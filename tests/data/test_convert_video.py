import json
import re

import cv2
import numpy as np
import pytest

from pipeline.data.files import read_image
from pipeline.data.video import frame_number
from tests.data.converting import WITHIN_PX, convert, fails


def grey_of(number):
    return 20 + 6 * number


@pytest.fixture
def video(tmp_path):
    """30 frames whose grey value tells their number."""
    path = tmp_path / "video.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (48, 32))
    for number in range(30):
        writer.write(np.full((32, 48, 3), grey_of(number), np.uint8))
    writer.release()
    return path


FRAMES = {0: (0, 0, 12, 16), 9: (24, 8, 24, 24), 29: (6, 4, 12, 8)}  # a box xywh in each


def save_frames_as(kind, folder):
    folder.mkdir()
    if kind == "coco":
        images = [{"id": n + 5, "file_name": f"frame_{n:06d}.jpg", "width": 48, "height": 32} for n in FRAMES]
        rows = [{"id": n, "image_id": n + 5, "category_id": 4, "bbox": box} for n, box in FRAMES.items()]
        content = {"images": images, "annotations": rows, "categories": [{"id": 4, "name": "car"}]}
        (folder / "cars.json").write_text(json.dumps(content))
    for number, (x, y, w, h) in FRAMES.items() if kind == "yolo" else ():
        (folder / "data.yaml").write_text("names: [car]\ntrain: train.txt")  # which names pictures that are not there
        (folder / "labels" / "train").mkdir(parents=True, exist_ok=True)
        line = f"0 {(x + w / 2) / 48} {(y + h / 2) / 32} {w / 48} {h / 32}"
        (folder / "labels" / "train" / f"frame_{number:06d}.txt").write_text(line)
    for number, (x, y, w, h) in FRAMES.items() if kind == "voc" else ():
        corners = f"<xmin>{x + 1}</xmin><ymin>{y + 1}</ymin><xmax>{x + w}</xmax><ymax>{y + h}</ymax>"
        box = f"<object><name>car</name><bndbox>{corners}</bndbox></object>"
        text = f"<annotation><filename>{number}.png</filename>{box}</annotation>"
        (folder / f"{number}.xml").write_text(text)


@pytest.mark.parametrize("kind", ["coco", "yolo", "voc"])
def test_frames_are_taken_out_of_a_video(tmp_path, video, kind):
    save_frames_as(kind, tmp_path / "a")
    convert(tmp_path / "a", tmp_path / "b", "--to", "coco", "--video", video)
    content = json.loads((tmp_path / "b" / "annotations.json").read_text())
    files = {image["id"]: image["file_name"] for image in content["images"]}
    found = {int(re.search("[0-9]+", files[row["image_id"]])[0]): row["bbox"] for row in content["annotations"]}
    assert found.keys() == FRAMES.keys()
    for number, box in FRAMES.items():
        np.testing.assert_allclose(found[number], box, atol=WITHIN_PX)
    for name in files.values():
        assert name.endswith(".png")
        picture = read_image(tmp_path / "b" / "images" / name)
        assert picture.shape == (32, 48, 3) and abs(picture.mean() - grey_of(int(re.search("[0-9]+", name)[0]))) < 2


@pytest.mark.parametrize(
    ("name", "number"),
    [("frame_000123.PNG", 123), ("cam2/cam2_0017.jpg", 17), ("0.png", 0), ("7_b.png", None), ("5/a", None)],
)
def test_a_frame_is_known_by_the_number_that_ends_its_name(name, number):
    assert frame_number(name) == number


def test_frames_that_are_not_in_the_video_are_named(tmp_path, video):
    save_frames_as("coco", tmp_path / "a")
    path, again = tmp_path / "a" / "cars.json", (tmp_path / "a", tmp_path / "b", "--to", "coco", "--video", video)
    original = path.read_text()
    path.write_text(original.replace("frame_000029", "frame_000030"))
    fails("video.avi: expected at least 31 frames, as annotated, found 30", *again)
    path.write_text(original.replace("frame_000029", "last"))
    fails("last.jpg: expected a frame's number at the end of the name", *again)
    path.write_text(original.replace('"width": 48', '"width": 49'))
    fails("image 5: expected 48 x 32 px as in the video, found 49 x 32 px", *again)
    fails("--link: expected pictures to link to, found a video", *again, "--link")
    fails("none.avi: expected a video, found no file", *again[:-1], tmp_path / "none.avi")
    assert not (tmp_path / "b").exists() and not list(tmp_path.glob(".partial*"))
