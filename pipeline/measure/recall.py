"""Recall at a number of false positives per image (FPPI), and what else is read off at that operating point.

Definition. With the score threshold t, a set of n images has FP(t) false alarms and TP(t) hits with score at
least t. Recall at FPPI f is max TP(t) / people over all t with FP(t) / n <= f; detections of equal score
enter together. So a detection is accepted exactly if its score exceeds that of the (floor(f n) + 1)-th false
alarm.
"""

import numpy as np

from pipeline.measure.matching import FALSE_ALARM, HIT, Matches


def false_alarm_budget(image_count: int, fppi: float) -> int:
    """How many false alarms `image_count` images may have; the small term absorbs rounding (0.29 * 100)."""
    return int(np.floor(fppi * image_count + 1e-9))


def score_limit(matches: Matches, fppi: float) -> float:
    """The score that a detection must exceed at the operating point; -inf if all may enter."""
    scores = np.sort(matches.score[matches.outcome == FALSE_ALARM])[::-1]
    budget = false_alarm_budget(matches.image_count, fppi)
    return float(scores[budget]) if budget < len(scores) else -np.inf


def recall_at_fppi(matches: Matches, fppi: float) -> float:
    """The share of people found at `fppi` false positives per image."""
    hits = (matches.outcome == HIT) & (matches.score > score_limit(matches, fppi))
    return float(hits.sum() / max(len(matches.person_box), 1))


def people_found(matches: Matches, fppi: float) -> np.ndarray:
    """(T,) bool: which people were found at the operating point."""
    hits = (matches.outcome == HIT) & (matches.score > score_limit(matches, fppi))
    found = np.zeros(len(matches.person_box), bool)
    found[matches.person[hits]] = True
    return found


def mean_overlap(matches: Matches, fppi: float) -> float:
    """The mean IoU of the hits at the operating point; 0 without hits."""
    hits = (matches.outcome == HIT) & (matches.score > score_limit(matches, fppi))
    return float(matches.overlap[hits].mean()) if hits.any() else 0.0


def heights_px(matches: Matches) -> np.ndarray:
    """(T,) of the people's boxes."""
    return matches.person_box[:, 3] - matches.person_box[:, 1]


def height_edges(heights: np.ndarray, bins: int = 4) -> list[int]:
    """Whole px edges (at most `bins` + 1) that cut `heights` (T,) [px] into groups of about the same number."""
    inner = np.round(np.quantile(heights, np.arange(1, bins) / bins))
    low, high = np.floor(heights.min()), np.floor(heights.max()) + 1
    return [int(edge) for edge in np.unique([low, *inner, high])]


def recall_by_height(heights: np.ndarray, found: np.ndarray, edges: list[int]) -> tuple[list[float], list[int]]:
    """Share found, and number, of the people with heights (T,) in [edges[i], edges[i + 1]) px; found: (T,) bool."""
    group = np.digitize(heights, edges) - 1
    counts = [int((group == i).sum()) for i in range(len(edges) - 1)]
    recalls = [float(found[group == i].mean()) if n else 0.0 for i, n in enumerate(counts)]
    return recalls, counts
