"""All shards of a rung, by whichever backend; and plain COCO of a split."""

import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from pipeline.data.coco import read_coco, write_coco
from pipeline.params import SynthParams
from pipeline.shards.index import merged
from pipeline.shards.kept import sort_kept
from pipeline.shards.local import make_locally
from pipeline.shards.plan import Shard
from pipeline.shards.ray_cluster import make_on_ray
from pipeline.shards.store import Store
from pipeline.shards.worker import Job, Made


def make_missing(job: Job, shards: Sequence[Shard], settings: SynthParams) -> list[Made]:
    """Make the shards that are not there, and those that are damaged, which is said; returns what was made."""
    whole = set()
    for split, root in job.roots.items():
        store = Store(root)
        store.check_writable()
        kept, damaged = sort_kept(store, (shard for shard in shards if shard.split == split))
        whole |= set(kept)
        for shard, damage in damaged:
            print(f"warning: {root}: {damage}; shard {shard.name} is made again", file=sys.stderr)
    missing = [shard for shard in shards if shard not in whole]
    if whole:
        print(f"synth: {len(whole)} of {len(shards)} shards were finished before and are kept")
    images = sum(shard.count for shard in missing)
    done = []
    with tqdm(total=images, desc=f"synth {job.recipe.rung}", unit="image", disable=None) as bar:
        for made in _made(job, missing, settings):
            done.append(made)
            bar.update(made.shard.count)
    return done


def _made(job: Job, shards: Sequence[Shard], settings: SynthParams) -> Iterator[Made]:
    if not shards:
        return iter(())
    if settings.backend == "ray":
        return make_on_ray(job, shards, settings.ray_address)
    return make_locally(job, shards)


def finish_folder(root: Path, split: str, shards: Sequence[Shard]) -> None:
    """One COCO file, annotations.json, in place of the shards' own."""
    coco = merged(read_coco(root / f"{shard.name}.json", None, None) for shard in shards)
    write_coco(root / split / "annotations.json", coco.images, coco.annotations, coco.categories)
    shutil.rmtree(root / split / "shards")
