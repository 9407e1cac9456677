"""Does a worker grow or slow down? Thousands of scenes and training steps, each in one process -> docs/soak.md.

    python -m bench.soak [SCENES] [STEPS]

needs a finished `dvc repro`; 20,000 scenes and 20,000 steps (the defaults) take about an hour of one core. Every 500,
the resident memory and the processor time of the last 500 are noted. Exit code 1: more than 5 % growth of either.
"""

import dataclasses
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from pipeline.config import load_params
from pipeline.data.coco import read_coco
from pipeline.data.files import write_text
from pipeline.detect.dataset import pack
from pipeline.scene.draw import draw, load_stock
from pipeline.scene.recipe import read_recipe
from pipeline.scene.streams import stream
from pipeline.workers import start_workers
from sensors import Camera

OUT = Path("docs/soak.md")
DATA = Path("data/out")
STOCK = tuple(DATA / name for name in ("assets", "real/photos", "places", "calibration"))
EVERY, DEFAULT, LIMIT = 500, 20_000, 0.05
HEAD = """# Soak

Written by `python -m bench.soak`: one worker process photographs scenes of the rung `{rung}`, another one trains on its
data set. Memory is what is resident, time is processor time. Growth is from the first {every} to the last {every}.

"""


@dataclasses.dataclass(frozen=True)
class Reading:
    done: int
    resident_mib: float
    ms_each: float


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@cache
def loaded(rung: str):
    recipe = read_recipe(DATA / "recipes" / f"{rung}.json")
    return recipe, load_stock(recipe, *STOCK)


def photograph(rung: str, first: int) -> Reading:
    """Scenes first, first + 1, ..., `EVERY` of them, as the stage synth makes them, written nowhere."""
    recipe, stock = loaded(rung)
    start = time.process_time()
    for index in range(first, first + EVERY):
        scene, profile = draw(recipe, stock, "train", index)
        Camera(profile).photograph(scene, stream(recipe.seed, "train", index, "photons"))
    return Reading(first + EVERY, resident_mib(), 1e3 * (time.process_time() - start) / EVERY)


def learn(rung: str, steps: int) -> list[Reading]:
    """Training as the stage train does it, read every `EVERY` steps."""
    from pipeline.detect.loop import train

    params, readings = load_params(), []
    data = DATA / "synth" / rung / "train"
    last = time.process_time()

    def report(step: int, epoch: float, loss: float) -> None:
        nonlocal last
        if step and step % EVERY == 0:
            now = time.process_time()
            readings.append(Reading(step, resident_mib(), 1e3 * (now - last) / EVERY))
            last = now

    with tempfile.TemporaryDirectory(prefix="soak-") as scratch:
        coco = read_coco(data / "annotations.json", data / "images", None)
        packed = pack(coco, data / "images", params.detector.input_scale, Path(scratch) / "pixels.bin")
        last = time.process_time()
        longer = dataclasses.replace(params.train, steps=steps + 1)
        train(packed, params.detector, longer, params.seed, 0, report)
    return readings


def growth(readings: Sequence[Reading], key: str) -> float:
    """From the first reading to the last, as a share of the first."""
    first, last = getattr(readings[0], key), getattr(readings[-1], key)
    return (last - first) / first


def told(title: str, readings: Sequence[Reading]) -> tuple[str, bool]:
    rows = [f"| {one.done:,} | {one.resident_mib:.1f} | {one.ms_each:.2f} |" for one in readings]
    memory, time_ = growth(readings, "resident_mib"), growth(readings, "ms_each")
    verdict = f"Memory {memory:+.1%}, time {time_:+.1%}; at most {LIMIT:.0%} is asked for."
    table = ["| done | resident MiB | ms each |", "|---|---|---|", *rows]
    return f"## {title}\n\n{verdict}\n\n" + "\n".join(table) + "\n", max(memory, time_) > LIMIT


def run(scenes: int = DEFAULT, steps: int = DEFAULT) -> int:
    rung = load_params().gate.rung
    parts = []
    if scenes:
        readings = []
        with start_workers(str) as pool:
            for first in range(0, scenes, EVERY):  # one job after the other: one worker does them all
                readings.append(pool.submit(photograph, rung, first).result())
                print(readings[-1], flush=True)
        parts.append(told(f"{readings[-1].done:,} scenes", readings))
    if steps:
        with start_workers(str) as pool:
            readings = pool.submit(learn, rung, steps).result()
        parts.append(told(f"{steps:,} training steps", readings))
    write_text(OUT, HEAD.format(rung=rung, every=EVERY) + "\n".join(text for text, _ in parts))
    print("\n".join(text for text, _ in parts))
    return int(any(failed for _, failed in parts))


if __name__ == "__main__":
    raise SystemExit(run(*map(int, sys.argv[1:])))
