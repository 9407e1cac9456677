"""Random test sets with ignore regions, ties and empty images, for tests of the measurement."""

import numpy as np

from pipeline.measure.matching import FALSE_ALARM, HIT, Detections, Matches, Truth


def random_set(rng, images=12, people=6, ties=True):
    """(truths, detections): some detections near people, some twice, some anywhere; scores with ties."""
    truths, found = [], []
    for _ in range(images):
        count = int(rng.integers(0, people + 1))
        corner = rng.uniform(0, 80, (count, 2))
        boxes = np.concatenate([corner, corner + rng.uniform(8, 40, (count, 2))], axis=1).round(1)
        truths.append(Truth(boxes, rng.random(count) < 0.25))
        near = np.repeat(boxes, rng.integers(0, 4, count), axis=0)
        near = near + rng.normal(0, 2.5, near.shape)
        corner = rng.uniform(0, 80, (int(rng.integers(0, 5)), 2))
        boxes = np.concatenate(
            [near, np.concatenate([corner, corner + rng.uniform(5, 40, corner.shape)], axis=1)]
        )
        low, high = np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])
        scores = rng.random(len(boxes))
        scores = scores.round(1) if ties else scores
        found.append(Detections(np.concatenate([low, high + 0.5], axis=1), scores))
    return truths, found


def trap_set(seed, names):
    """(truths, detections) of 15 images, of several categories, full of traps.

    Boxes lie on whole pixels of a small field, so that overlaps are often equal and often exactly at a threshold;
    scores have one decimal, so that many are equal within and across images; a quarter of the truths are ignore
    regions; images may hold nothing, or many detections.
    """
    rng = np.random.default_rng([17, seed])
    truths, found = [], []
    for _ in range(15):
        count = int(rng.integers(0, 8)) * int(rng.random() < 0.85)
        corner = rng.integers(0, 24, (count, 2))
        boxes = np.concatenate([corner, corner + rng.integers(2, 9, (count, 2))], axis=1).astype(float)
        truths.append(Truth(boxes, rng.random(count) < 0.25, rng.choice(names, count)))
        near = np.repeat(np.arange(count), rng.integers(0, 4, count))
        moved = boxes[near] + rng.integers(-1, 2, (len(near), 4))
        moved[:, 2:] = np.maximum(moved[:, 2:], moved[:, :2] + 1)
        stray = rng.integers(0, 24, (int(rng.integers(0, 21) * (rng.random() < 0.9)), 2))
        stray = np.concatenate([stray, stray + rng.integers(1, 9, stray.shape)], axis=1)
        named = np.concatenate([truths[-1].category[near], rng.choice(names, len(stray))])
        order = rng.permutation(len(named))
        scores = rng.integers(1, 11, len(named)) / 10
        found.append(Detections(np.concatenate([moved, stray])[order], scores, named[order]))
    return truths, found


def correlated_matches(rng, frames, correlation, people=6, level=2.0):
    """Matches as they would come from a video: how hard the frames are follows an AR(1) process."""
    hard = np.zeros(frames)
    state = rng.normal()
    for i in range(frames):
        state = correlation * state + np.sqrt(1 - correlation**2) * rng.normal()
        hard[i] = state
    person_image = np.repeat(np.arange(frames), people)
    seen = rng.random(len(person_image)) < 1 / (1 + np.exp(-level - hard[person_image]))
    alarm_image = np.repeat(np.arange(frames), rng.poisson(2 * np.exp(0.5 * hard - 0.125)))
    image = np.concatenate([person_image[seen], alarm_image])
    score = np.concatenate([rng.normal(1.5, 1, seen.sum()), rng.normal(0, 1, len(alarm_image))])
    outcome = np.repeat([HIT, FALSE_ALARM], [seen.sum(), len(alarm_image)])
    person = np.concatenate([np.flatnonzero(seen), np.full(len(alarm_image), -1)])
    count = len(image)
    return Matches(
        frames,
        image,
        np.zeros((count, 4)),
        score,
        outcome,
        np.zeros(count),
        person,
        person_image,
        np.zeros((len(person_image), 4)),
    )
