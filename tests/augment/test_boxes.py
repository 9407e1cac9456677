import numpy as np

from pipeline.augment.boxes import clip, covered, cut_out
from pipeline.augment.sample import Sample


def boxes_at_random(rng, count=300):
    corner = rng.uniform(0, 60, (count, 2))
    boxes = np.hstack([corner, corner + rng.uniform(3, 30, (count, 2))]).astype(np.float32)
    image = np.zeros((90, 90, 3), np.uint8)
    return Sample(image, boxes, np.zeros(count, bool), np.arange(count), np.ones(count, np.float32))


def test_what_is_all_gone_is_dropped_and_what_is_all_there_stays():
    """Whatever the fractions of its corners."""
    sample = boxes_at_random(np.random.default_rng([0]))
    x0, y0, x1, y1 = sample.boxes.T
    rectangle = (20, 20, 70, 60)
    inside = (x0 >= 20) & (x1 <= 70) & (y0 >= 20) & (y1 <= 60)
    outside = (x1 <= 20) | (x0 >= 70) | (y1 <= 20) | (y0 >= 60)
    assert inside.sum() > 20 and outside.sum() > 20
    for treated in (cut_out(sample, rectangle), covered(sample, rectangle)):
        np.testing.assert_array_equal(treated.category, np.flatnonzero(~inside))
        kept = np.isin(treated.category, np.flatnonzero(outside))
        np.testing.assert_array_equal(treated.boxes[kept], sample.boxes[outside])
        assert not treated.ignore[kept].any()
    shown = clip(sample, rectangle)
    np.testing.assert_array_equal(shown.category, np.flatnonzero(~outside))
    np.testing.assert_array_equal(shown.boxes[np.isin(shown.category, np.flatnonzero(inside))], sample.boxes[inside])


def test_what_is_left_against_a_fine_grid():
    """A tenth of a pixel: the rest's smallest box, and how much of the box it is."""
    sample = boxes_at_random(np.random.default_rng([1]), 60)
    rectangle = (15, 25, 55, 50)
    cut = cut_out(sample, rectangle)
    rows, cols = (np.arange(900)[:, None] + 0.5) / 10, (np.arange(900) + 0.5) / 10
    gone = (cols > 15) & (cols < 55) & (rows > 25) & (rows < 50)
    for box, ignore, number in zip(cut.boxes, cut.ignore, cut.category, strict=True):
        x0, y0, x1, y1 = sample.boxes[number]
        whole = (cols > x0) & (cols < x1) & (rows > y0) & (rows < y1)
        left = whole & ~gone
        if left.any():
            y, x = np.nonzero(left)
            extent = np.array([x.min(), y.min(), x.max() + 1, y.max() + 1]) / 10
            np.testing.assert_allclose(box, extent, atol=0.1)
        share = left.sum() / whole.sum()
        assert ignore == (share < 0.5) or abs(share - 0.5) < 0.02
