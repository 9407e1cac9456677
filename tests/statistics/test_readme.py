"""The README tells what the committed run wrote."""

import re

from tests.fabricated import REPOSITORY


def test_frames_that_a_gate_needs():
    table = (REPOSITORY / "data/report/frames_needed.txt").read_text(encoding="utf-8")
    found = re.findall(r"^min_real_recall +(\d) .*?(\d+) \(\d+ blocks\), (\d+) training runs$", table, re.MULTILINE)
    readme = " ".join((REPOSITORY / "README.md").read_text(encoding="utf-8").split())
    (one, two, five) = ((frames, runs) for _, frames, runs in found)
    many = f"{two[0]} for 2 (with {two[1]} training runs), {one[0]} for 1 (with {one[1]})"
    assert f"about {five[0]} for 5 points, {many}" in readme
