"""Simulated experiments whose true recall is known: what the intervals and the gate are judged by.

A video of `frames` frames. Places for people are taken and left over time; a detection's score is

    level + luck of the training run + what frame, person, person to this run, and nothing in particular make of it

where frame, person and person-to-run are AR(1) processes in time (the same person stays hidden for several frames,
each run has its own blind spots) and everything but level and luck has variance 1 together. Clutter raises false alarms
in the same way. Every score is normal and whether somebody is there does not depend on it, so the truth is exact:
`clutter` places that exceed t* with probability 1 / clutter give one false alarm a frame, and a run with luck u finds
Phi(level + u - t*) of the people; its mean over N(0, luck^2) is Phi((level - t*) / sqrt(1 + luck^2)).
"""

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter
from scipy.special import ndtri

from pipeline.measure.matching import FALSE_ALARM, HIT, Matches

SHARES = {"frame": 0.15, "person": 0.35, "moment": 0.4, "own": 0.1}  # of a score's variance
CUT = 0.6  # detectors say nothing below this score; the threshold at 1 false alarm a frame lies far above


@dataclass(frozen=True)
class World:
    """memory: correlation of neighbouring frames. luck: of a training run, sd of its scores' level."""

    frames: int = 48
    synth_images: int = 48
    seeds: int = 2
    memory: float = 0.7
    luck: float = 0.1
    people: int = 11  # places; half are taken
    clutter: int = 12  # places of false alarms


def experiment(rng, world, real, synth=()):
    """{detector 0, 1, ...: {"real", "synth": [{"person": Matches} a seed]}}: all see the same frames.

    real, synth: the detectors' true recall at one false alarm a frame; `synth` of the first ones, or none.
    """
    luck = world.luck * rng.normal(size=(len(real), world.seeds))
    found = {i: {} for i in range(len(real))}
    for kind, recalls in (("real", real), ("synth", synth)):
        frames, memory = (world.frames, world.memory) if kind == "real" else (world.synth_images, 0.0)
        if recalls:
            own_luck = world.luck * rng.normal(size=luck.shape)
            lucks = luck if kind == "real" else (luck + own_luck) / np.sqrt(2)  # what helps here, half helps there
            for i, per_seed in enumerate(_footage(rng, world, frames, memory, recalls, lucks[: len(recalls)])):
                found[i][kind] = per_seed
    return found


def level_for(recall, world):
    """The level of a detector whose true recall, over frames and training runs, is `recall`."""
    return threshold(world) + np.sqrt(1 + world.luck**2) * ndtri(recall)


def threshold(world):
    return ndtri(1 - 1 / world.clutter)


def _footage(rng, world, frames, memory, recalls, luck):
    there = ar1(rng, (world.people, frames), memory) > 0
    people, alarms = _common(rng, world.people, frames, memory), _common(rng, world.clutter, frames, memory)
    for recall, lucks in zip(recalls, luck, strict=True):
        level = level_for(recall, world)
        yield [
            {"person": _matches(there, level + u + _own(rng, people, memory), _own(rng, alarms, memory))} for u in lucks
        ]


def _common(rng, places, frames, memory):
    """What every detector meets: (places, frames) of the scores' noise."""
    frame = np.sqrt(SHARES["frame"]) * ar1(rng, (1, frames), memory)
    person = np.sqrt(SHARES["person"]) * ar1(rng, (places, frames), memory)
    return frame + person + np.sqrt(SHARES["moment"]) * rng.normal(size=(places, frames))


def _own(rng, common, memory):
    """With what one training run makes of it: variance 1."""
    return common + np.sqrt(SHARES["own"]) * ar1(rng, common.shape, memory)


def ar1(rng, shape, memory):
    """Unit-variance AR(1) processes along the last axis, stationary from the start."""
    steps = rng.normal(size=shape)
    steps[..., 1:] *= np.sqrt(1 - memory**2)
    return lfilter([1.0], [1.0, -memory], steps, axis=-1)


def _matches(there, people, alarms):
    """there, people: (places, frames) who is there and with which score; alarms: (places, frames) scores."""
    frame_of, place = np.nonzero(there.T)  # frame by frame
    score = people.T[frame_of, place]
    seen = np.flatnonzero(score > CUT)
    alarm_frame, alarm_place = np.nonzero(alarms.T > CUT)
    count = len(seen) + len(alarm_frame)
    return Matches(
        image_count=there.shape[1],
        image=np.concatenate([frame_of[seen], alarm_frame]),
        box=np.zeros((count, 4)),
        score=np.concatenate([score[seen], alarms.T[alarm_frame, alarm_place]]),
        outcome=np.repeat([HIT, FALSE_ALARM], [len(seen), len(alarm_frame)]),
        overlap=np.zeros(count),
        person=np.concatenate([seen, np.full(len(alarm_frame), -1)]),
        person_image=frame_of,
        person_box=np.zeros((len(frame_of), 4)),
    )
