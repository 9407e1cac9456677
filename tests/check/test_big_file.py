"""A file of 100 MB; takes half a minute and a gigabyte, so it runs only with SLOW=1."""

import os
import subprocess
import sys

import pytest

from tests import fabricated

PROGRAM = """
import resource, sys
from pathlib import Path
from pipeline.check.coco_file import check_coco
from pipeline.check.json_text import read_json
from pipeline.check.problem import Sheet
sheet = Sheet("big")
check_coco(read_json(Path(sys.argv[1]), sheet), sheet)
print(*[f"{p.code}@{p.where}" for p in sheet.problems], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.skipif(not os.environ.get("SLOW"), reason="set SLOW=1")
def test_the_last_line_of_100_mb_is_checked_in_ten_times_its_memory(tmp_path):
    path = tmp_path / "big.json"
    image = '{"id":%d,"file_name":"%08d.jpg","width":640,"height":480}'
    row = '{"id":%d,"image_id":%d,"category_id":1,"bbox":[%d,%d,9,9],"area":81,"segmentation":[[1.5,2.5,3.5,4.5]]}'
    rows = [row % (i, i % 10_000, i // 10_000, i % 7) for i in range(1_000_000)]
    rows.append(row.replace("9,9]", "0,9]") % (10**7, 1, 5, 5))
    images = ",".join(image % (i, i) for i in range(10_000))
    path.write_text(
        f'{{"categories":[{{"id":1,"name":"person"}}],"images":[{images}],"annotations":[{",".join(rows)}]}}'
    )
    del rows
    size_mb = path.stat().st_size / 2**20
    environment = {"PYTHONPATH": str(fabricated.REPOSITORY), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", PROGRAM, str(path)]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=True).stdout
    problem, peak_mb = said.rsplit(maxsplit=1)
    assert size_mb > 90 and problem == "box_empty@annotation 10000000"
    assert int(peak_mb) < 10 * size_mb + 200
