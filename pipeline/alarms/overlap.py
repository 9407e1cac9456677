"""Is a picture in two splits? Found as the stage `check` finds it, here with the validation part and the scenes too."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from pipeline.alarms.finding import Finding
from pipeline.check.fingerprint import Fingerprint, fingerprint_of
from pipeline.check.leakage import Leakage, Pair, Picture, find_leakage
from pipeline.data.files import read_image
from pipeline.measure.results import TestSet


def overlap(splits: Mapping[str, TestSet]) -> Finding:
    """Compare every picture with every other one; copies within a split are no matter of this alarm."""
    paths = [path for split in splits.values() for path in split.paths]
    with ThreadPoolExecutor() as pool:
        prints = pool.map(fingerprint_at, paths)
        pictures = [Picture(name, path.name, next(prints), int((~truth.ignore).sum()))
                    for name, split in splits.items() for path, truth in zip(split.paths, split.truths, strict=True)]
    return judge_overlap(find_leakage(pictures, set()), len(pictures))


def judge_overlap(leakage: Leakage, pictures: int) -> Finding:
    pairs = [pair for pair in leakage.pairs if pair.verdict == "error"]
    if pairs:
        few = "; ".join(_words(pair) for pair in pairs[:3])
        sentence = (f"The splits overlap: of {pictures} pictures {len(pairs)} pairs are copies of each other in "
                    f"different splits: {few}{'; ...' if len(pairs) > 3 else ''}; remove one of each.")  # fmt: skip
    else:
        sentence = f"The splits do not overlap: none of {pictures} pictures is a copy of one of another split."
    return Finding("overlap", "all", bool(pairs), sentence, {"pictures": pictures, "pairs": [
        [f"{p.split}: {p.name}" for p in (pair.a, pair.b)] for pair in pairs]})  # fmt: skip


def fingerprint_at(path: Path) -> Fingerprint:
    return fingerprint_of(np.ascontiguousarray(read_image(path)[..., ::-1]))


def _words(pair: Pair) -> str:
    mirrored = " mirrored" if pair.mirrored else ""
    return f"{pair.a.split} {pair.a.name} and {pair.b.split} {pair.b.name}{mirrored}"
