"""The measurement itself: intervals and gate by simulated experiments whose true recall is known.

`full`: 2000 experiments in each world. Where frames resemble each other less than in the default one, intervals are
wider than they need be (recall covered in up to 98.5 %): there they are only asked to cover enough. Three times the
frames come with twice the training runs: two runs hardly know their own scatter, and with 144 frames little else is
left (two identical rungs are then called different in 7 %).

A sample of 300 knows a coverage only to 1.3 points: it may miss the bounds by twice that. All 2000 experiments of the
default world are in tests/statistics.
"""

from tests.prove.claim import Claim, at_least, at_most
from tests.statistics.simulate import World
from tests.statistics.study import called, repeat, tripped

RECALL, SYNTH = 0.93, 0.84  # about what the default experiment measured of the gate's rung
WORLDS = {  # world, true recall on real frames and on synthetic images, frames in a block
    "": (World(), RECALL, SYNTH, 5),
    ", recall of 0.75": (World(), 0.75, 0.65, 5),
    ", independent frames": (World(memory=0.0), RECALL, SYNTH, 5),
    ", neighbours correlated by 0.5": (World(memory=0.5), RECALL, SYNTH, 5),
    ", training runs alike": (World(luck=0.0), RECALL, SYNTH, 5),
    ", 144 frames in blocks of 9, 4 training runs": (World(frames=144, seeds=4), RECALL, SYNTH, 9),
}


def claims(full):
    experiments, samples = (2000, 200) if full else (300, 150)
    slack = 0.0 if full else 0.026
    told = []
    for name, (world, recall, synth, block) in WORLDS.items() if full else [("", WORLDS[""])]:
        found = repeat(world, (recall, recall), (synth,), experiments, samples, 10_000, block)
        for number in ("recall", "gap"):
            what = f"95 % interval of the {number} covers the truth{name} [share of experiments]"
            most = 0.97 if world.memory >= World.memory else 1.0
            told.append(Claim(what, found[number].covered(), 0.93 - slack, most + slack, experiments))
        different = called(found["gain"], "helped") + called(found["gain"], "hurt")
        told.append(at_most(f"two identical rungs called different{name} [share]", different, 0.05, experiments))
    worse = repeat(World(), (RECALL - 0.05,), (), experiments, samples, 20_000)
    trips = tripped(worse, min_real_recall=RECALL - 0.05)
    what = "a regression by 5 points, to what the gate requires, trips it [share of experiments]"
    told.append(at_least(what, trips, 0.8, experiments))
    return told
