"""What many images cost, from the last run's own numbers: `python -m pipeline.shards.cost`.

Reads the CPU time that the stage synth left in data/out/durations/shards-<rung>.json and the sizes of the files below
data/out/synth. How a large fleet fares is simulated (fleet.py), with assumptions that stand beside the numbers.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

from pipeline.config import load_params
from pipeline.errors import DURATIONS, UserError, main
from pipeline.shards.fleet import Fleet, simulate
from pipeline.shards.index import INDEX, read_index
from pipeline.shards.plan import shards_of
from pipeline.shards.store import Store

SYNTH = Path("data/out/synth")
MANY = (10**6, 10**9)
FLEET = Fleet(workers=1000, stragglers=0.05, slowness=4.0, deaths_per_h=0.1, restart_s=60.0)
SHARD_S = 60.0  # of a simulated fleet: long beside what starting a shard takes, short beside a worker's life


@dataclass(frozen=True)
class Rate:
    """core_s: CPU time of an image [s], measured. image_bytes: of an image and its labels on disk."""

    core_s: float
    image_bytes: float


def run(*words: str) -> None:
    """Print a table for README and what a fleet of many workers would need. Raises UserError before a first run."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.shards.cost", description=run.__doc__)
    for name, default in vars(FLEET).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    fleet = Fleet(**vars(parser.parse_args(words)))
    params = load_params()
    rates = {rung: measured(rung) for rung in params.ladder}
    print("\n".join(table(rates)))
    print()
    print(fleet_sentence(params.gate.rung, rates[params.gate.rung], fleet, params.seed))


def measured(rung: str) -> Rate:
    """Of the training images of a rung."""
    path, folder = DURATIONS / f"shards-{rung}.json", SYNTH / rung / "train"
    if not path.is_file() or not folder.is_dir():
        raise UserError(f"{path}, {folder}: expected what the stage synth left, found not both; run "
                        f"`dvc repro --force --single-item synth@{rung}`")  # fmt: skip
    told = json.loads(path.read_text(encoding="utf-8"))
    images, size = images_and_bytes(folder)
    return Rate(told["core_s"] / told["images"], size / images)


def images_and_bytes(folder: Path) -> tuple[int, int]:
    """Of a set in either format; behind a URL the sizes are asked from there."""
    if not (folder / INDEX).is_file():
        files = [path for path in folder.rglob("*") if path.is_file()]
        return sum("images" in path.parts for path in files), sum(path.stat().st_size for path in files)
    index = read_index(folder)
    store = Store(index["url"] or str(folder.parent))
    stems = [f"{folder.name}/shards/{row['name']}" for row in index["shards"]]
    size = sum(store.size(f"{stem}.{suffix}") for stem in stems for suffix in ("tar", "json", "sha256"))
    return sum(row["images"] for row in index["shards"]), size


def table(rates: dict[str, Rate]) -> list[str]:
    """Lines of Markdown."""
    heads = ["rung", "images/s per core", "KB per image", *(f"10^{len(str(n)) - 1} images" for n in MANY)]
    lines = [f"| {' | '.join(heads)} |", "|---" + "|--:" * (len(heads) - 1) + "|"]
    for rung, rate in rates.items():
        cells = [f"{1 / rate.core_s:.1f}", f"{rate.image_bytes / 1e3:.0f}", *(cost(rate, n) for n in MANY)]
        lines.append(f"| `{rung}` | {' | '.join(cells)} |")
    return lines


def cost(rate: Rate, images: int) -> str:
    """Core-hours and bytes of so many images."""
    size = rate.image_bytes * images
    unit, factor = ("TB", 1e12) if size >= 1e12 else ("GB", 1e9)
    return f"{three(rate.core_s * images / 3600)} core-h, {three(size / factor)} {unit}"


def three(number: float) -> str:
    """With three significant digits, thousands apart."""
    return f"{float(f'{number:.3g}'):,.10g}"


def fleet_sentence(rung: str, rate: Rate, fleet: Fleet, seed: int) -> str:
    """What 10^6 images of a rung need of a simulated fleet."""
    images = MANY[0]
    shards = shards_of({"train": images}, max(1, round(SHARD_S / rate.core_s)))
    found = simulate(shards, rate.core_s, fleet, seed)
    ideal_h = rate.core_s * images / 3600
    lost = sum(found.times_made.get(shard) != 1 for shard in shards)
    return (
        f"Simulated: {fleet.workers} workers, of which {fleet.stragglers:.0%} are {fleet.slowness:g} times slower and "
        f"each dies {fleet.deaths_per_h:g} times an hour and is back after {fleet.restart_s:g} s, make {images:,} "
        f"images of `{rung}` in {len(shards):,} shards of {shards[0].count} scenes in {found.elapsed_s / 60:.1f} min "
        f"and {found.runs} run{'s' if found.runs > 1 else ''}. {found.deaths} workers died; shards lost or made twice: "
        f"{lost}. Busy {three(found.busy_core_s / 3600)} core-h, of which {three(found.wasted_core_s / 3600)} went "
        f"into shards that were begun again; without stragglers and deaths {three(ideal_h)}."
    )


if __name__ == "__main__":
    main(run)
