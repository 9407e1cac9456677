"""How many real frames does a gate need?

A gate of X points asks for a real recall X points below the detector's true one (`gate.min_real_recall`), or allows a
gap X points above the true one (`gate.max_gap`). It is worth having if it passes a detector that is as good as ever in
80 % of experiments; one that truly lost X points fails in 97.5 %, because the interval says so. Enough frames are those
with which the interval of an estimate at the poor end of those 80 % reaches X points below the truth at most.

What one frame tells is measured in the finished run. What counts is blocks: frames as far apart as those of the run are
worth one independent frame per `block_frames` + `block_frames` // 2 (see interval.py), and frames in between would add
frames but hardly blocks. More frames mean a longer recording. They do not tame the luck of training: where that alone
takes the points, more training runs (`train.seeds`) are needed as well. Luck is estimated from all detectors together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, stdtrit

from pipeline.compare.interval import (
    Spread,
    gain_interval,
    gap_interval,
    image_spread,
    least_variance,
    recall_interval,
    run_spread,
    share_interval,
    share_of,
    side_by_side,
    total,
)
from pipeline.compare.recalls import Recalls

POINTS = 0.01, 0.02, 0.05
PASSES = 0.8
MOST_BLOCKS, MOST_RUNS, ENDLESS_RUNS = 1e6, 100, 10**6


@dataclass(frozen=True)
class Source:
    """What an experiment measured of one recall, and what it would vary by with other frames and training runs.

    recall: neither 0 nor 1: half a person is in doubt where everybody or nobody was found.
    block_variance: of the recall of one independent block of images. block_images: how many make one.
    run_variance: of one training run's recall.
    """

    recall: float
    block_variance: float
    block_images: int
    run_variance: float

    def spread(self, blocks: float, runs: int) -> Spread:
        images = Spread(self.block_variance / (blocks - 1), blocks - 1)
        return total(images, Spread(self.run_variance / runs, runs - 1)) if runs > 1 else images


def sources(recalls: Mapping[str, Mapping[str, Recalls]], rung: str) -> dict[str, Source]:
    """{"real" or "synth": source} of one rung. recalls: those of all detectors, see `measure_recalls`."""
    found = {}
    for kind, mine in recalls[rung].items():
        images, all_of_kind = image_spread(mine), [each[kind] for each in recalls.values() if kind in each]
        luck = run_spread(*((each.runs, each.blocks) for each in all_of_kind))
        found[kind] = Source(
            share_of(mine),
            max(images.variance, least_variance(mine)) * images.degrees,
            mine.block + mine.block // 2,
            luck.variance * len(mine.runs) / len(all_of_kind),
        )
    return found


def recall_margin(real: Source, blocks: float, runs: int) -> float:
    """How far below the true recall a gate must be so that it passes in 80 % of experiments."""
    return real.recall - _poor_end(real, blocks, runs)


def gap_margin(synth: Source, real: Source, blocks: float, runs: int) -> float:
    """How far above the true gap; with as many synthetic test images as real frames."""
    images = blocks * real.block_images / synth.block_images
    mine, other = synth.spread(images, runs), real.spread(blocks, runs)
    up = share_interval(synth.recall, mine)[1] - synth.recall
    down = real.recall - share_interval(real.recall, other)[0]
    both = total(mine, other)
    return side_by_side(up, down) + stdtrit(both.degrees, PASSES) * np.sqrt(both.variance)


def _poor_end(real: Source, blocks: float, runs: int) -> float:
    """The lower end of the interval of the poorest estimate that must pass; a poorer estimate scatters more, too."""
    variance, degrees = real.spread(blocks, runs)
    known = real.recall * (1 - real.recall)
    poor = expit(logit(real.recall) - stdtrit(degrees, PASSES) * np.sqrt(variance) / known)
    return share_interval(poor, Spread(variance * poor * (1 - poor) / known, degrees))[0]


def blocks_needed(margin, points: float, runs: int) -> float:
    """The fewest blocks for which `margin`(blocks, runs) is at most `points`; infinite if no number is enough."""
    low, high = 2.0, 4.0
    while margin(high, runs) > points:
        low, high = high, 2 * high
        if high > MOST_BLOCKS:
            return np.inf
    while high - low > 0.01 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if margin(middle, runs) > points else (low, middle)
    return high


def runs_needed(margin, points: float, runs: int) -> int:
    """The fewest training runs, at least `runs`, that need at most twice the blocks that endless runs need."""
    enough = 2 * blocks_needed(margin, points, ENDLESS_RUNS)
    return next((n for n in range(runs, MOST_RUNS) if blocks_needed(margin, points, n) <= enough), MOST_RUNS)


def table(real: Source, synth: Source, runs: int) -> list[str]:
    """Lines of text: a gate of each size on real recall and on the gap."""
    gates = {
        "min_real_recall": lambda blocks, n: recall_margin(real, blocks, n),
        "max_gap": lambda blocks, n: gap_margin(synth, real, blocks, n),
    }
    lines = [f"{'gate':<17}{'points':<8}{f'frames, {runs} training runs':<29}frames with enough runs"]
    for name, margin in gates.items():
        for points in POINTS:
            enough = runs_needed(margin, points, runs)
            cells = [_frames(blocks_needed(margin, points, n), real) for n in (runs, enough)]
            lines.append(f"{name:<17}{100 * points:<8g}{cells[0]:<29}{cells[1]}, {enough} training runs")
    return lines


def _frames(blocks: float, real: Source) -> str:
    if not np.isfinite(blocks):
        return "no number is enough"
    return f"{_two_digits(blocks * real.block_images)} ({_two_digits(blocks)} blocks)"


def _two_digits(number: float) -> int:
    """Rounded up: more would be a claim."""
    unit = 10 ** max(int(np.floor(np.log10(number))) - 1, 0)
    return int(np.ceil(number / unit) * unit)


def page(recalls: Mapping[str, Mapping[str, Recalls]], ladder: Sequence[str], rung: str) -> str:
    """The table, what to know about it, and the run by the intervals behind it. recalls: as for `sources`."""
    mine, real = sources(recalls, rung), recalls[rung]["real"]
    runs, source = len(real.runs), mine["real"]
    luck = f"One training run scatters by {100 * np.sqrt(source.run_variance):.1f} points beyond that."
    if runs == 1:
        luck = "A single training run (train.seeds) tells nothing about others: their luck is left out."
    return "\n".join([
        *table(source, mine["synth"], runs),
        "",
        f"For rung {rung}, real recall {real.value:.3f}: one that is as good as ever passes in 80 % of runs.",
        f"Measured on {real.images} frames, worth {real.images / source.block_images:.1f} independent blocks of "
        f"{source.block_images} at their spacing; frames in",
        f"between would not add blocks. {luck}",
        "Few blocks tell all this to about a factor of 2.",
        "",
        "The 95 % intervals behind this cover the truth in at least 93 % of simulated experiments. Those of gap.json,",
        "percentiles of the bootstrap, cover a recall in 91 % where people stay hidden for longer than a block.",
        "This run by the former:",
        "",
        *run_by_intervals(recalls, ladder),
    ]) + "\n"  # fmt: skip


def run_by_intervals(recalls: Mapping[str, Mapping[str, Recalls]], ladder: Sequence[str]) -> list[str]:
    """Lines of text: real recall, gap and gain over the rung before."""
    lines = [f"{'rung':<17}{'real recall':<24}{'gap':<27}gain over previous"]
    for name, previous in zip(ladder, [None, *ladder], strict=False):
        synth, real = recalls[name]["synth"], recalls[name]["real"]
        cells = [
            f"{real.value:.3f} [{', '.join(f'{end:.3f}' for end in recall_interval(real))}]",
            _signed(synth.value - real.value, gap_interval(synth, real)),
        ]
        if previous is not None:
            before = recalls[previous]["real"]
            cells.append(_signed(real.value - before.value, gain_interval(real, before)))
        lines.append("".join(f"{cell:<{width}}" for cell, width in zip([name, *cells], (17, 24, 27, 0), strict=False)))
    return [line.rstrip() for line in lines]


def _signed(value: float, interval: tuple[float, float]) -> str:
    return f"{value:+.3f} [{', '.join(f'{end:+.3f}' for end in interval)}]"
