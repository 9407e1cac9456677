"""Copies among many pictures, and which of them show the same place.

Candidates have near hashes; candidates that show one place are moved onto its first picture (the leader) and compared
there by the part that differs most. So the frames of a static camera are told apart by the people in them, and a frame
that was compressed, brightened, scaled, cropped or mirrored is found.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from pipeline.check.fingerprint import Fingerprint
from pipeline.check.near_index import NearIndex
from pipeline.check.same_place import COPY_DIFFERENCE, difference, seen_from

LIKELY_DIFFERENCE = 0.9  # by way of a third picture, which adds its own errors; likely copies are compared directly
MANY = 8  # pictures of one place: a camera that stays there; far hashes may be of it as well
FAR_BITS = 20


@dataclass(frozen=True, order=True)
class Copy:
    """Pictures number a < b. difference: in the block that differs most, in units of contrast; 0: the same pixels."""

    a: int
    b: int
    exact: bool
    mirrored: bool
    difference: float


@dataclass(frozen=True, eq=False)
class Place:
    """Pictures of one place, the leader first."""

    members: np.ndarray  # int (K,)
    mirrored: np.ndarray  # bool (K,), against the leader
    blocks: np.ndarray  # float32 (K, 784): what each shows, in the leader's light and position


def find_places(prints: Sequence[Fingerprint]) -> list[Place]:
    """Groups of at least two pictures of one place. A picture may be in several groups."""
    if not prints:
        return []
    index = NearIndex(np.array([p.hashes[0] for p in prints]))
    placed = np.zeros(len(prints), bool)
    places = []
    for number in range(len(prints)):
        if placed[number]:
            continue
        tried = index.near(prints[number].hashes)
        views = _views(prints, number, tried)
        if len(views) >= MANY:
            far = np.setdiff1d(index.within(prints[number].hashes, FAR_BITS), tried)
            views |= _views(prints, number, far)
        if views:
            leader = seen_from(_grey(prints[number]), _grey(prints[number]))
            members = np.array([number, *sorted(views)])
            rows = [(False, leader), *(views[i] for i in members[1:])]
            mirrored, blocks = zip(*rows, strict=True)
            places.append(Place(members, np.array(mirrored), np.stack(blocks)))
            placed[members] = True
    return places


def _views(prints: Sequence[Fingerprint], leader: int, candidates: np.ndarray) -> dict[int, tuple[bool, np.ndarray]]:
    """{number: (mirrored, blocks)} of the candidates that show the place of the leader."""
    views = {}
    grey = _grey(prints[leader])
    for candidate in candidates[candidates != leader]:
        thumb = _grey(prints[candidate])
        for mirrored in _orientations(prints[leader], prints[candidate]):
            blocks = seen_from(grey, np.ascontiguousarray(thumb[:, ::-1]) if mirrored else thumb)
            if blocks is not None:
                views[int(candidate)] = (mirrored, blocks)
                break
    return views


def _orientations(leader: Fingerprint, other: Fingerprint) -> list[bool]:
    """Mirrored or not: what the hashes allow, the likelier first."""
    halves = np.split(np.bitwise_count(leader.hashes ^ other.hashes[0]), 2)
    bits = {mirrored: int(half.min()) for mirrored, half in enumerate(halves)}
    return [bool(mirrored) for mirrored in sorted(bits, key=bits.get) if bits[mirrored] <= FAR_BITS]


def _grey(print_: Fingerprint) -> np.ndarray:
    return print_.thumb.astype(np.float32)


def find_copies(prints: Sequence[Fingerprint], splits: Sequence[str], places: Sequence[Place]) -> list[Copy]:
    """Exact and near copies. splits: the split of each picture.

    Every picture is paired with the nearest copy in every split, its own included, not with all of them: a thousand
    equal pictures are a thousand pairs.
    """
    exact = {(a, b): Copy(a, b, True, False, 0.0) for a, b in _exact_pairs(prints, splits)}
    likely = {pair for place in places for pair in _likely_pairs(place, np.array(splits))}
    near = {}
    for a, b, mirrored in sorted(likely):
        thumb = _grey(prints[b])
        found = difference(_grey(prints[a]), np.ascontiguousarray(thumb[:, ::-1]) if mirrored else thumb)
        if found < COPY_DIFFERENCE:
            near[a, b] = Copy(a, b, False, mirrored, round(found, 3))
    return sorted((near | exact).values())


def _likely_pairs(place: Place, splits: np.ndarray):
    """(a, b, mirrored) of every picture and its nearest in every split, by the largest difference of a block."""
    own = splits[place.members]
    for split in np.unique(own):
        there = np.flatnonzero(own == split)
        tree = cKDTree(place.blocks[there])
        count = min(2, len(there))  # the nearest may be the picture itself
        nearest = range(1, count + 1)
        distances, numbers = tree.query(place.blocks, nearest, p=np.inf, distance_upper_bound=LIKELY_DIFFERENCE)
        for here, (row, found) in enumerate(zip(distances, numbers, strict=True)):
            others = [(d, there[n]) for d, n in zip(row, found, strict=True) if n < len(there) and there[n] != here]
            if others:
                _, other = others[0]
                a, b = sorted((int(place.members[here]), int(place.members[other])))
                yield a, b, bool(place.mirrored[here] != place.mirrored[other])


def _exact_pairs(prints: Sequence[Fingerprint], splits: Sequence[str]):
    """Every picture with the first one of each split that has the same pixels."""
    first: dict[str, dict[str, int]] = {}
    for number, (print_, split) in enumerate(zip(prints, splits, strict=True)):
        first.setdefault(print_.sha256, {}).setdefault(split, number)
    for number, print_ in enumerate(prints):
        for other in first[print_.sha256].values():
            if other != number:
                yield min(number, other), max(number, other)
