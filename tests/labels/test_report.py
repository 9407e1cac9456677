import json
from html.parser import HTMLParser

import numpy as np

from pipeline.data.files import read_image, write_image
from pipeline.labels.pictures import LABELLED, PREDICTED, SIDE_PX, crop_of
from pipeline.labels.quality import MISPLACED, OVERLOOKED, SWAPPED, Suspicion
from pipeline.labels.report import Frame, write_report

HOSTILE = '"><script>alert(1)<'


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen, self.pictures, self.text = [], [], ""

    def handle_starttag(self, tag, attributes):
        self.seen.append(tag)
        self.pictures += [value for name, value in attributes if name == "src"]

    def handle_data(self, data):
        self.text += data


def test_page_list_and_pictures(tmp_path):
    source = tmp_path / "elsewhere" / "a.png"
    write_image(source, np.full((120, 200, 3), 90, np.uint8))
    ranking = [
        Suspicion(0.97, OVERLOOKED, 0, None, None, (20.0, 20.0, 40.04, 80.0), None, HOSTILE),
        Suspicion(0.9, SWAPPED, 0, 5, (50.0, 20.0, 70.0, 80.0), (50.0, 20.0, 70.0, 80.0), "rider", HOSTILE),
        Suspicion(0.3, MISPLACED, 0, 4, (100.0, 20.0, 120.0, 80.0), (110.0, 20.0, 130.0, 80.0), "rider", "rider"),
        Suspicion(0.01, MISPLACED, 0, 6, (150.0, 20.0, 170.0, 80.0), (150.0, 20.0, 170.0, 80.0), "rider", "rider"),
    ]
    out = tmp_path / "out"
    write_report(out, ranking, [Frame("train", HOSTILE + ".png", source)], labels=3)
    content = json.loads((out / "ranking.json").read_text())
    rows = content["suspicions"]
    assert [(row["rank"], row["annotation"], row["kind"]) for row in rows] == [
        (1, None, "overlooked"), (2, 5, "swapped"), (3, 4, "badly placed")]  # fmt: skip
    assert rows[0]["predicted_xyxy_px"] == [20, 20, 40, 80] and content["labels"] == 3
    page = (out / "index.html").read_text()
    tags = Tags()
    tags.feed(page)
    assert "script" not in tags.seen and HOSTILE in tags.text
    assert tags.pictures == [row["crop"] for row in rows]
    assert all(max(read_image(out / name).shape) == SIDE_PX for name in tags.pictures)
    assert str(tmp_path) not in page + (out / "ranking.json").read_text()


def test_both_boxes_are_drawn_where_they_are():
    image = np.full((100, 100, 3), 90, np.uint8)
    picture = crop_of(image, (40, 30, 60, 70), (45, 30, 65, 70)).astype(int)
    blue, pink = (np.abs(picture - colour).sum(2) < 60 for colour in (LABELLED, PREDICTED))
    columns = np.flatnonzero(blue.sum(0) > 0.3 * picture.shape[0])
    others = np.flatnonzero(pink.sum(0) > 0.3 * picture.shape[0])
    scale = SIDE_PX / 88  # 40 px of box and 24 px above and below
    assert abs((columns.max() - columns.min()) / scale - 20) < 1.5
    assert abs((others.max() - columns.max()) / scale - 5) < 1.5


def test_a_box_at_the_border_has_a_picture():
    image = np.full((40, 60, 3), 90, np.uint8)
    assert crop_of(image, (0, 0, 60, 40), None).shape == (200, 300, 3)
    assert crop_of(image, (59.5, 39.5, 60, 40), None).size
