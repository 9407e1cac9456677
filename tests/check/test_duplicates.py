"""Copies are found whatever was done to them; other pictures, and other moments of one camera, are not."""

import cv2
import numpy as np
import pytest

from pipeline.check.duplicates import find_copies, find_places
from pipeline.check.fingerprint import fingerprint_of, hashes_of, low_frequencies
from pipeline.check.leakage import BACKGROUND, Picture, find_leakage
from pipeline.check.near_index import NEAR_BITS, NearIndex
from tests import fabricated

WIDTH, HEIGHT = 384, 288


def jpeg(image, quality):
    return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


CHANGES = {
    "nothing": lambda i: i,
    "JPEG 40": lambda i: jpeg(i, 40),
    "brighter": lambda i: np.clip(i * 1.2, 0, 255).astype(np.uint8),
    "darker": lambda i: np.round(i * 0.7).astype(np.uint8),
    "smaller": lambda i: cv2.resize(i, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA),
    "mirrored": lambda i: i[:, ::-1],
    "mirrored JPEG": lambda i: jpeg(np.ascontiguousarray(i[:, ::-1]), 40),
    "shifted by 2 px": lambda i: np.pad(i, ((2, 0), (2, 0), (0, 0)), "edge")[:-2, :-2],
    "cropped around": lambda i: i[HEIGHT // 40 : -HEIGHT // 40, WIDTH // 40 : -WIDTH // 40],
    "cropped at a corner": lambda i: i[: round(0.95 * HEIGHT), : round(0.95 * WIDTH)],
    "in grey": lambda i: cv2.cvtColor(cv2.cvtColor(i, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR),
}


def photograph(number):
    """Large shapes and fine ones, as photographs have."""
    rng = np.random.default_rng([3, number])
    image = fabricated.picture(rng, WIDTH, HEIGHT).astype(np.float32)
    for _ in range(60):
        centre, colour = rng.uniform(0, [WIDTH, HEIGHT]).astype(int), rng.uniform(0, 255, 3)
        axes = rng.uniform(3, 30, 2).astype(int)
        cv2.ellipse(image, centre.tolist(), axes.tolist(), rng.uniform(0, 180), 0, 360, colour.tolist(), -1)
    return cv2.GaussianBlur(image, (0, 0), 1.0).clip(0, 230).astype(np.uint8)


def frame(number, people=6):
    """A moment before a camera that never moves: one background, people elsewhere each time."""
    rng = np.random.default_rng([4, number])
    image = photograph(1000)
    for _ in range(people):
        x, y = rng.uniform([20, 40], [WIDTH - 20, HEIGHT - 40]).astype(int)
        colour = float(rng.choice([10, 240]))
        cv2.ellipse(image, (int(x), int(y)), (6, 18), 0, 0, 360, (colour,) * 3, -1)
    noise = rng.normal(0, 2, image.shape)
    return (image + noise).clip(0, 255).astype(np.uint8)


def prints(images):
    return [fingerprint_of(np.ascontiguousarray(image)) for image in images]


def copies_of(images, splits):
    made = prints(images)
    return find_copies(made, splits, find_places(made))


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("take", [photograph, frame])
def test_a_copy_is_found_and_nothing_else(take, name):
    """Twelve pictures, three of them copied; frames of one camera differ by their people only."""
    images = [take(number) for number in range(12)]
    images += [CHANGES[name](images[number]) for number in (2, 5, 11)]
    copies = copies_of(images, ["train"] * 12 + ["test"] * 3)
    assert [(c.a, c.b) for c in copies] == [(2, 12), (5, 13), (11, 14)]
    assert all(c.exact == (name == "nothing") and c.mirrored == name.startswith("mirrored") for c in copies)


def test_frames_of_one_camera_are_one_place_and_photographs_are_none():
    assert [p.members.tolist() for p in find_places(prints(map(frame, range(10))))] == [list(range(10))]
    assert find_places(prints(map(photograph, range(30)))) == []


def test_blank_pictures_are_alike_only_where_they_are_equal():
    grey = [np.full((40, 60, 3), value, np.uint8) for value in (0, 90, 90, 255)]
    assert [(c.a, c.b, c.exact) for c in copies_of(grey, ["train"] * 4)] == [(1, 2, True)]


def test_the_index_finds_what_a_search_of_all_finds():
    """All within 7 bits, and nothing beyond NEAR_BITS; against a loop over every pair."""
    rng = np.random.default_rng([5])
    centres = rng.integers(0, 2**63, 40, dtype=np.uint64)
    hashes = []
    for centre in centres:
        for count in range(0, 20, 2):
            flips = rng.choice(64, count, replace=False).astype(np.uint64)
            hashes.append(centre ^ np.bitwise_or.reduce(np.uint64(1) << flips, initial=np.uint64(0)))
    hashes = np.array(hashes, np.uint64)
    index = NearIndex(hashes)
    for query in hashes[::7]:
        bits = [(int(query) ^ int(other)).bit_count() for other in hashes]
        found = index.near(np.array([query]))
        assert {i for i, n in enumerate(bits) if n <= 7} <= set(found.tolist())
        assert all(bits[i] <= NEAR_BITS for i in found)
        assert index.within(np.array([query]), 20).tolist() == [i for i, n in enumerate(bits) if n <= 20]


def test_the_hash_of_a_mirror_image_needs_no_mirror_image():
    for number in range(5):
        image = photograph(number)
        mirrored = fingerprint_of(np.ascontiguousarray(image[:, ::-1]))
        assert np.bitwise_count(fingerprint_of(image).hashes[6] ^ mirrored.hashes[0]) <= 2


def test_the_hash_is_the_cosine_transform_of_the_textbook():
    """hash bits against sums of cosines written out."""
    thumb = prints([photograph(3)])[0].thumb
    small = cv2.resize(thumb, (32, 32), interpolation=cv2.INTER_AREA).astype(float)
    waves = np.cos(np.pi * np.outer(np.arange(8), 2 * np.arange(32) + 1) / 64)
    waves *= np.sqrt(np.where(np.arange(8) == 0, 1, 2) / 32)[:, None]
    flat = (waves @ small @ waves.T).ravel()
    expected = [value > np.median(flat[1:]) for value in flat]
    found = hashes_of(low_frequencies(thumb)[None]).view(np.uint8)
    assert np.unpackbits(found).astype(bool).tolist() == expected


def picture(split, number, image, boxes=3):
    return Picture(split, f"{split}{number}.png", prints([image])[0], boxes)


def leakage_of(*pictures, declared=()):
    return find_leakage(pictures, declared)


def test_a_copy_across_splits_is_an_error_and_within_one_a_warning():
    leak = leakage_of(picture("test", 1, frame(1)), picture("train", 1, jpeg(frame(1), 60)))
    assert [(p.severity, p.code) for p in leak.problems] == [("error", "near_duplicate_across_splits")]
    leak = leakage_of(picture("test", 1, photograph(1)), picture("test", 2, photograph(1)))
    assert [(p.severity, p.code) for p in leak.problems] == [("warning", "exact_duplicate")]


def test_neighbouring_frames_of_one_video_in_one_split_are_expected():
    still = [frame(n) for n in range(10)]
    pictures = [picture("train", n, image) for n, image in enumerate([*still, jpeg(still[3], 80)])]
    leak = leakage_of(*pictures)
    assert leak.problems == [] and leak.counts["alike_in_one_video"] == 1


def test_train_and_calibration_may_share_frames_and_test_may_not():
    shared = [picture("train", 1, frame(1)), picture("calibration", 1, frame(1))]
    assert leakage_of(*shared).problems == [] and leakage_of(*shared).counts["learned_twice"] == 1
    leak = leakage_of(picture("test", 1, frame(2)), picture("calibration", 1, frame(2)))
    assert [p.code for p in leak.problems] == ["exact_duplicate_across_splits"]


def test_two_looks_at_an_empty_place_are_a_warning():
    leak = leakage_of(picture("test", 1, frame(1, people=0), 0), picture("train", 1, frame(2, people=0), 0))
    assert [p.severity for p in leak.problems] == ["warning"]
    leak = leakage_of(picture("test", 1, frame(1, people=0), 0), picture("train", 1, frame(1, people=0), 0))
    assert [p.severity for p in leak.problems] == ["error"]


def test_a_background_of_the_test_place_fails_unless_it_is_declared():
    plate = picture(BACKGROUND + "site", 1, frame(9, people=0), None)
    other = picture(BACKGROUND + "site", 2, photograph(7), None)
    tests = [picture("test", n, frame(n)) for n in range(3)]
    leak = leakage_of(*tests, plate, other)
    assert [(p.severity, p.code) for p in leak.problems] == [("error", "background_shows_test_place")]
    leak = leakage_of(*tests, plate, other, declared={plate.split})
    assert leak.problems == [] and [(p.verdict, p.b.name) for p in leak.pairs] == [("declared", plate.name)]
