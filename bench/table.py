"""`python -m bench.table data/out/bench.json`: what pytest-benchmark measured -> docs/bench.md."""

import json
import sys
from importlib.metadata import version
from pathlib import Path

TABLE = Path("docs/bench.md")
PEERS = ("albumentations", "kornia")
INTRODUCTION = """# How fast the camera is

Written by `make bench` on {cpus} CPUs ({cpu}). Megapixels per second in the fastest of many runs, one frame at a
time; more is better. One thread: per second of CPU time; all CPUs: per second by the clock, so other load on the
machine counts. albumentations {albumentations} works on uint8 pictures, kornia {kornia} on float32 ones. Both do the
nearest that they have, which is less: noise there is per RGB value and without a mosaic (kornia's is Gaussian),
motion blur is one kernel for the whole picture without shutter lines or labels, nothing has an ADC, and distortion is
linear where it is cubic here. "-": they have none.
"""


def main(path):
    report = json.loads(Path(path).read_text(encoding="utf-8"))
    speed = {}
    for run in report["benchmarks"]:
        info = run["extra_info"]
        key = info["threads"], info["size"], info["library"], info["name"]
        # the clock of CPU time can stand still during a call of a few microseconds
        speed[key] = info["megapixels"] / (run["stats"]["min"] or run["stats"]["q1"])
    versions = {peer: version(peer) for peer in PEERS}
    text = [INTRODUCTION.format(**report["machine_info"], **versions)]
    for threads, size in dict.fromkeys(key[:2] for key in speed):
        text += [f"## {size}, {threads}", "", "| MP/s | this camera | albumentations | kornia |", "|---|---|---|---|"]
        names = dict.fromkeys(name for *where, library, name in speed
                              if where == [threads, size] and library == "this camera")
        for name in names:
            cells = (_cell(speed.get((threads, size, library, name))) for library in ("this camera", *PEERS))
            text.append(f"| {name} | {' | '.join(cells)} |")
        floors = [(name, value) for (*where, library, name), value in speed.items()
                  if where == [threads, size] and library == "floor"]
        text += [f"| *floor: {name}* | {_cell(value)} | | |" for name, value in floors] + [""]
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text("\n".join(text), encoding="utf-8")
    print(f"bench: {len(speed)} timings in {TABLE}")


def _cell(speed):
    return "-" if speed is None else f"{speed:.0f}" if speed >= 20 else f"{speed:.1f}"


if __name__ == "__main__":
    main(sys.argv[1])
