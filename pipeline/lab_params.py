"""The sections of params.yaml that only opt-in parts of the laboratory read."""

from dataclasses import dataclass

from pipeline.fields import groups, within
from pipeline.policy_params import StepParams


@dataclass(frozen=True)
class AuditParams:
    strengths: tuple[float, ...] = within(0.001, 1.0, "of every transform, from mild to strong; 1: the strongest")
    draws: int = within(1, 1000, "of every training frame at every strength", "pictures")
    max_recall_loss: float = within(0.0, 1.0, "of an expert; a label lost more often is corrupted")
    max_iou_loss: float = within(0.0, 1.0, "of its boxes with the labels; boxes that lose more are corrupted")


@dataclass(frozen=True)
class SearchParams:
    trials: int = within(1, 100000, "policies that are drawn and tried", "trials")
    proxy_images: int = within(1, 10**7, "of the rung, evenly spread, that trials learn from", "images")
    shortest_steps: int = within(1, 10**6, "of a trial's first training, with a schedule of its own", "steps")
    halvings: int = within(0, 10, "the better half learns anew, twice as long; 0: random search", "times")
    best: int = within(1, 100, "of them are trained again, on the proxy and at full size", "policies")
    seeds: int = within(2, 100, "of the best, of no policy and of the hand's", "runs")
    hand_policy: tuple[tuple[StepParams, ...], ...] = groups(
        "what one would guess: mild, and what cameras do", "as train.policy")


@dataclass(frozen=True)
class CurvesParams:
    fewest_images: int = within(1, 10**7, "the first of 5 numbers of synthetic images; the last: all", "images")
    fewest_frames: int = within(1, 10**7, "the first of 4 numbers of labelled real frames", "frames")
    folds: int = within(2, 1000, "of real frames; each is measured by detectors of the others", "blocks")
    seeds: int = within(1, 100, "of every point; 1: intervals know no luck of training", "runs")
    steps: int = within(1, 10**7, "optimizer steps of every training that starts from nothing", "steps")
