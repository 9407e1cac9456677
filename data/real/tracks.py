"""Foreground masks and person tracks for a static camera: the automatic half of the annotation.

The people are far apart most of the time, so a background difference gives tight boxes for them.  When
people touch, every track keeps the size it had while alone and follows its own appearance (masked
template matching), until the blobs separate again.
"""

import cv2
import numpy as np

BORDER = 3
TAPE = (150, 125, 630, 215)  # x0, y0, x1, y1: a barrier tape waves here, thin and horizontal


def expected_height(y_foot):
    """Height in pixels of a standing adult whose feet are at image row ``y_foot``."""
    return 0.241 * np.asarray(y_foot, float) + 19.0


def background(frames, step=8):
    """Temporal median image; nobody stands at one place for half of the video."""
    return np.median(np.stack(frames[::step]), axis=0).astype(np.uint8)


def foreground(frame, bg, threshold=22):
    """Boolean mask of the people: background difference without soft shadows, tape and specks."""
    img = cv2.GaussianBlur(frame, (3, 3), 0).astype(np.int16)
    ref = cv2.GaussianBlur(bg, (3, 3), 0).astype(np.int16)
    diff = np.abs(img - ref).max(axis=2)
    ratio = (img + 4.0) / (ref + 4.0)
    shadow = (ratio.min(axis=2) > 0.66) & (ratio.max(axis=2) < 1.0) & (np.ptp(ratio, axis=2) < 0.07)
    mask = ((diff > threshold) & ~(shadow & (diff < 60))).astype(np.uint8)
    x0, y0, x1, y1 = TAPE
    zone = mask[y0:y1, x0:x1]
    zone[:] = cv2.morphologyEx(zone, cv2.MORPH_OPEN, np.ones((9, 1), np.uint8))
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    return mask.astype(bool)


def blobs(mask):
    """Label the mask after a short vertical closing; return labels and [(box, area)] of components."""
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    found = {}
    for i in range(1, count):
        x, y, w, h, area = stats[i]
        if area >= 12:
            found[i] = (np.array([x, y, x + w, y + h], float), area)
    return labels, found


def overlap(a, b):
    """Area of the intersection of two corner boxes."""
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    return max(w, 0.0) * max(h, 0.0)


def area_of(box):
    """Area of a corner box."""
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)


def grow(box, dx, dy):
    """The box enlarged by dx and dy on every side."""
    return np.array([box[0] - dx, box[1] - dy, box[2] + dx, box[3] + dy])


class Track:
    """One person followed through the frames; boxes maps frame index to (box, state)."""

    def __init__(self, number, index, box):
        """Start with a person seen alone."""
        self.number = number
        self.boxes = {index: (box.copy(), "alone")}
        self.box = box.copy()
        self.velocity = np.zeros(2)
        self.size = np.array([box[2] - box[0], box[3] - box[1]])
        self.patch = None
        self.weight = None
        self.misses = 0
        self.twin = 0

    def predict(self):
        """Box expected in the next frame."""
        return self.box + np.tile(self.velocity, 2)

    def update(self, index, box, state):
        """Accept a box; a track that is alone also renews its size and its velocity."""
        old, new = self.box, box
        step = np.array([(new[0] + new[2] - old[0] - old[2]) / 2, new[3] - old[3]])
        gain = 0.3 if state == "alone" else 0.15
        self.velocity = np.clip((1 - gain) * self.velocity + gain * step, -9, 9)
        if state == "alone":
            self.size = 0.85 * self.size + 0.15 * np.array([new[2] - new[0], new[3] - new[1]])
            self.misses = 0
        self.box = box.copy()
        self.boxes[index] = (box.copy(), state)

    def remember(self, frame, mask, blend):
        """Keep the appearance inside the box (colour and foreground weight)."""
        x0, y0, x1, y1 = np.round(self.box).astype(int)
        x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, frame.shape[1]), min(y1, frame.shape[0])
        if x1 - x0 < 6 or y1 - y0 < 12:
            return
        patch = frame[y0:y1, x0:x1].astype(np.float32)
        weight = mask[y0:y1, x0:x1].astype(np.float32) + 0.05
        if self.patch is None or blend >= 1:
            self.patch, self.weight = patch, weight
        else:
            shape = (self.patch.shape[1], self.patch.shape[0])
            self.patch = (1 - blend) * self.patch + blend * cv2.resize(patch, shape)

    def locate(self, frame, mask):
        """Best place of the remembered appearance near the prediction."""
        guess = self.predict()
        if self.patch is None:
            return guess
        h, w = self.patch.shape[:2]
        x = int(round((guess[0] + guess[2]) / 2 - w / 2))
        y = int(round(guess[3] - h))
        radius = 7
        x0, y0 = max(x - radius, 0), max(y - 4, 0)
        x1, y1 = min(x + w + radius, frame.shape[1]), min(y + h + 4, frame.shape[0])
        if x1 - x0 < w or y1 - y0 < h:
            return guess
        area = frame[y0:y1, x0:x1].astype(np.float32)
        weight = cv2.merge([self.weight] * 3)
        cost = cv2.matchTemplate(area, self.patch, cv2.TM_SQDIFF, mask=weight)
        cost = np.sqrt(np.maximum(cost, 0) / weight.sum())
        rows, cols = np.mgrid[: cost.shape[0], : cost.shape[1]]
        cost = cost + 0.35 * np.hypot(cols + x0 - x, rows + y0 - y)
        row, col = np.unravel_index(np.argmin(cost), cost.shape)
        return np.array([x0 + col, y0 + row, x0 + col + w, y0 + row + h], float)


def plausible(box, shape):
    """Whether an unclaimed blob can start a track."""
    height, width = box[3] - box[1], box[2] - box[0]
    at_border = box[0] <= BORDER or box[2] >= shape[1] - BORDER or box[3] >= shape[0] - BORDER
    want = expected_height(box[3])
    if at_border:
        return height > 0.45 * want and width >= 6
    return 0.7 * want < height < 1.45 * want and max(0.22 * want, 8) < width < 0.9 * want


def merge_fragments(found):
    """Boxes of free blobs, those joined that stand one above the other within the height of a person."""
    boxes = sorted((box for box, _ in found.values()), key=lambda box: -box[3])
    used, merged = set(), []
    for i, lowest in enumerate(boxes):
        if i in used:
            continue
        box = lowest.copy()
        want = expected_height(box[3])
        centre = (box[0] + box[2]) / 2
        for j in range(i + 1, len(boxes)):
            other = boxes[j]
            union = np.r_[np.minimum(box[:2], other[:2]), np.maximum(box[2:], other[2:])]
            fits = union[3] - union[1] < 1.12 * want and union[2] - union[0] < 0.6 * want
            if j not in used and fits and abs((other[0] + other[2]) / 2 - centre) < 0.3 * want:
                box = union
                used.add(j)
        merged.append(box)
    return merged


def follow(frames, bg, order):
    """Track everybody through the frames in the given order; return the list of tracks."""
    shape = frames[0].shape
    active, done = [], []
    for index in order:
        mask = foreground(frames[index], bg)
        labels, found = blobs(mask)
        guesses = [track.predict() for track in active]
        claims = {key: [] for key in found}
        for n, guess in enumerate(guesses):
            reach = grow(guess, 4, 4)
            for key, (box, area) in found.items():
                if overlap(reach, box) <= 0:
                    continue
                x0, y0, x1, y1 = np.maximum(np.round(reach), 0).astype(int)
                inside = np.count_nonzero(labels[y0:y1, x0:x1] == key)
                if inside > 0.5 * area or inside > 0.2 * area_of(guess):
                    claims[key].append(n)
        for n, track in enumerate(active):
            step(track, n, index, frames[index], mask, found, claims, guesses[n])
        free = {key: value for key, value in found.items() if not claims[key]}
        for box in merge_fragments(free):
            if plausible(box, shape) and not any(overlap(box, t.box) > 0.3 * area_of(box) for t in active):
                track = Track(len(active) + len(done), index, box)
                track.remember(frames[index], mask, 1)
                active.append(track)
        still = []
        for track in active:
            centre = (track.box[0] + track.box[2]) / 2
            outside = centre < -4 or centre > shape[1] + 4 or track.box[1] > shape[0]
            (done if outside or track.misses > 12 else still).append(track)
        active = remove_twins(still, done, index)
    return done + active


def step(track, n, index, frame, mask, found, claims, guess):
    """Update one track from the blobs that it claims, alone or shared."""
    mine = [key for key, owners in claims.items() if n in owners]
    shared = [key for key in mine if len(claims[key]) > 1]
    if not mine:
        track.misses += 1
        track.update(index, guess, "lost")
        return
    box = np.r_[
        np.min([found[key][0][:2] for key in mine], axis=0),
        np.max([found[key][0][2:] for key in mine], axis=0),
    ]
    want = expected_height(box[3])
    if not shared and box[2] - box[0] < 0.85 * want and box[3] - box[1] < 1.35 * want:
        if box[3] - box[1] < 0.75 * track.size[1] and box[0] > BORDER and box[2] < frame.shape[1] - BORDER:
            box = np.r_[np.minimum(box[:2], guess[:2]), np.maximum(box[2:], guess[2:])]
            track.update(index, box, "part")
            return
        track.update(index, box, "alone")
        track.remember(frame, mask, 1)
        return
    placed = track.locate(frame, mask)
    x0, y0, x1, y1 = np.maximum(np.round(placed), 0).astype(int)
    filled = mask[y0:y1, x0:x1].mean() if x1 > x0 and y1 > y0 else 0.0
    if filled < 0.28:
        track.misses += 1
        track.velocity *= 0.7
        track.update(index, placed, "lost")
        return
    track.misses = 0
    track.update(index, placed, "shared")
    track.remember(frame, mask, 0.08)


def remove_twins(active, done, index):
    """Drop a younger track that sits on an older one for good."""
    keep = []
    for track in active:
        young = index - min(track.boxes) < 15
        share = 0.6 if young else 0.85
        twin = any(
            overlap(track.box, other.box) > share * min(area_of(track.box), area_of(other.box))
            for other in keep
        )
        track.twin = track.twin + 1 if twin else 0
        (done if track.twin > (0 if young else 12) else keep).append(track)
    return keep
