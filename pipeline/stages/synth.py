"""Stage `synth <rung>`: scenes of a rung, photographed -> data/out/synth/<rung>/{train,test}.

Scenes are made in shards of neighbours, by processes of this machine or a Ray cluster; who makes them changes no byte.
Both splits are plain COCO, or (format: webdataset) train is tar files: train/shards/*.tar with labels and checksums
beside each, and train/index.json. With `synth.output` these lie behind a URL, in `<output>/<rung>-<key>`, and only the
index is an output that DVC keeps. The key stands for all that the shards depend on, so no experiment overwrites
another's.

Shards that were finished before a run was killed are below data/out/progress (or at the URL), and are kept if they are
whole. The former is removed when the stage ends well.
"""

import os
import shutil
from pathlib import Path

from pipeline.config import load_params
from pipeline.data.files import write_json
from pipeline.errors import DURATIONS, main
from pipeline.params import SynthParams
from pipeline.scene.recipe import read_recipe
from pipeline.scene.streams import SPLITS
from pipeline.shards.build import finish_folder, make_missing
from pipeline.shards.index import write_index
from pipeline.shards.kept import key_of_shards
from pipeline.shards.plan import shards_of
from pipeline.shards.store import Store
from pipeline.shards.tar import load_library
from pipeline.shards.worker import Job, Made

OUT = Path("data/out/synth")
PROGRESS = Path("data/out/progress")
RECIPES = Path("data/out/recipes")
STOCK = (
    Path("data/out/assets"),
    Path("data/out/real/photos"),
    Path("data/out/places"),
    Path("data/out/calibration"),
)


def run(rung: str) -> None:
    """Make the scenes of `rung`. Raises UserError where an input is missing or the output takes nothing."""
    settings = load_params().synth
    recipe = read_recipe(RECIPES / f"{rung}.json")
    if settings.format == "webdataset":
        load_library()
    key = key_of_shards(RECIPES / f"{rung}.json", recipe, STOCK, settings.format, settings.shard_scenes)
    work = PROGRESS / f"synth-{rung}-{key}"
    roots = dict.fromkeys(SPLITS, str(work.resolve()))
    if settings.output:
        roots["train"] = f"{settings.output.rstrip('/')}/{rung}-{key}"
    tarred = frozenset({"train"} if settings.format == "webdataset" else ())
    job = Job(recipe, tuple(path.resolve() for path in STOCK), roots, tarred)
    shards = shards_of({"train": recipe.scenes.train_images, "test": recipe.scenes.test_images}, settings.shard_scenes)
    made = make_missing(job, shards, settings)
    for split in SPLITS:
        mine = [shard for shard in shards if shard.split == split]
        if split in tarred:
            write_index(work / split, Store(roots[split]), mine)
        else:
            finish_folder(work, split, mine)
    _move(work, rung)
    _tell_core_time(rung, made, settings)
    images = sum(shard.count for shard in shards)
    print(f"synth: {images} images in {OUT / rung}{' and ' + roots['train'] if settings.output else ''}")


def _move(work: Path, rung: str) -> None:
    """What is done to its place; what other parameters or code left unfinished is removed."""
    (work / "writable").unlink()
    shutil.rmtree(OUT / rung, ignore_errors=True)
    OUT.mkdir(parents=True, exist_ok=True)
    os.replace(work, OUT / rung)
    for old in PROGRESS.glob(f"synth-{rung}-*"):
        shutil.rmtree(old)


def _tell_core_time(rung: str, made: list[Made], settings: SynthParams) -> None:
    """For `python -m pipeline.shards.cost`: beside the durations, no output."""
    if made:
        write_json(DURATIONS / f"shards-{rung}.json", {
            "rung": rung, "backend": settings.backend, "shard_scenes": settings.shard_scenes,
            "shards": len(made), "images": sum(one.shard.count for one in made),
            "core_s": round(sum(one.core_s for one in made), 3),
            "slowest_shard_core_s": round(max(one.core_s for one in made), 3),
        })  # fmt: skip


if __name__ == "__main__":
    main(run)
