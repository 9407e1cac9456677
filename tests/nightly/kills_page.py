"""docs/kills.md, from what tests/nightly/kills.py counted."""

from typing import TYPE_CHECKING

from tests.nightly.victims import KINDS

if TYPE_CHECKING:
    from tests.nightly.kills import Harness

HEAD = """# Killed runs

Written by `python -m tests.nightly.kills`. A tiny experiment is killed with `kill -9` at random moments of
`dvc repro` and run again, until it comes to its end, over and over. A stage is drawn, and a moment within what it takes
undisturbed. After each kill, every output that is there must be the undisturbed run's file; at each end, all files must
be, and nothing half-made may be left. Left out of the comparison: how long the stages took, in data/out/durations and
on the page.

"""
KEPT = """
Shards of scenes that were finished when a kill came in the stage synth, and how many of them are, when the stage
has come to its end, still the same files by inode and time of modification:

"""
UNSEEN = """
DVC takes over no outputs before it has recorded them: it has a stage run again from the start that came to its end
without it, or just before it was killed. Of the kills in synth these were {}; shards are compared before that.

"""


def page(harness: "Harness") -> str:
    rows = [[name, *(harness.hits[name, kind] for kind in KINDS)] for name in harness.durations_s]
    rows = [[*row, sum(row[1:])] for row in rows]
    rows.append(["all", *(sum(column) for column in list(zip(*rows, strict=True))[1:])])
    shards = harness.shards
    kept = [[kind, shards.kills[kind], shards.found[kind], shards.kept[kind]] for kind in KINDS]
    ends = (
        f"Runs that came to their end and were compared, {len(harness.expected)} files each: {harness.ends}. "
        f"Runs that were refused because a stage still ran without its dvc: {harness.refused}. "
        f"Runs that DVC refused because it was killed while it wrote its own .dvc/tmp/rwlock (`Unable to read "
        f"RWLock-file`; it goes on when that file is removed by hand): {harness.torn_locks}. "
        f"Kills when a training had left a checkpoint: {harness.checkpoints}. Problems: {len(harness.problems)}.\n"
    )
    return "".join([
        HEAD,
        table(["killed in the stage", *KINDS, "all"], rows),
        KEPT,
        table(["killed in synth", "kills", "finished shards", "kept"], kept),
        UNSEEN.format(harness.unseen),
        ends,
        *(f"- {problem.splitlines()[0]}\n" for problem in harness.problems),
    ])  # fmt: skip


def table(head: list[str], rows: list[list[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)
