"""What the opt-in stages write, made up."""

from pipeline.augment.names import NAMES


def made_up_alarms(rung="site"):
    """alarms.json as the stage alarms writes it."""
    return {"findings": [
        {"alarm": "overlap", "detector": "all", "fired": False, "sentence": "The splits do not overlap."},
        {"alarm": "real_falls", "detector": rung, "fired": True, "sentence": f"{rung} unlearns the real frames."},
        {"alarm": "over_regularization", "detector": rung, "fired": False, "sentence": f"{rung} does not underfit.",
         "numbers": {"training": 0.9, "validation": 0.8}}]}


def made_up_loader():
    """loader.json as the stage loader writes it."""
    steps = [{"workers": n, "waiting_ms": 9.0, "learning_ms": 51.0, "share": 0.15} for n in range(3)]
    said = "Data loading idles the trainer."
    return {"ms_per_image": {"flip": 0.02}, "steps": steps, "warns": True, "sentence": said}


def made_up_search(name="trial_7"):
    """search.json as `python -m pipeline.search` writes it, without what the page does not show."""
    recall = {"recall_proxy": 0.7, "recall_full": 0.8}
    gain = {"proxy_gain": 0.05, "proxy_gain_ci95": [0.01, 0.09], "full_gain": 0.0, "full_gain_ci95": [-0.02, 0.02]}
    return {
        "sentence": f"The gain of {name} did not transfer.", "rung": name, "trials": 8, "seeds": 3,
        "proxy": {"images": 10, "steps": 20}, "full": {"images": 20, "steps": 80}, "validation": {"frames": 9},
        "none": recall,
        "policies": {name: {"policy": name, "verdict": "did not transfer", "recall_in_search": 0.9} | recall | gain},
    }  # fmt: skip


def made_up_learning(name="Augmentation"):
    """curves.json as the stage curves writes it."""
    rows = [{"learned_from": n, "effect": "none", "gain": 0.01, "gain_ci95": [-0.02, 0.04]} for n in (2, 8)]
    for arm in ("plain", "augmented", "scratch", "pretrained"):
        for row in rows:
            row |= {f"recall_{arm}": 0.5, f"recall_{arm}_ci95": [0.4, 0.6]}
    alone = {"learned_from": 8, "recall_real": 0.5, "recall_real_ci95": [0.4, 0.6]}
    both = alone | {"gain": 0.1, "gain_ci95": [0.05, 0.2]}
    return {"sentences": [f"{name} hurt with 2 (-0.100) images."], "steps": 5, "seeds": 2, "frames": 9,
            "folds": 3, "synthetic": rows, "real": rows, "side_by_side": {"real_only": alone, name: both}}  # fmt: skip

def made_up_audit(worst="safe", refused=()):
    """audit.json as the stage audit writes it. worst: the verdict of every transform from its second strength on."""
    view = {"auc": 0.6, "auc_ci95": [0.5, 0.7], "energy": 0.01}

    def row(strength, verdict):
        return {"strength": strength, "verdict": verdict, "sure": True, "recall_change": -0.3, "alarms_per_image": 1.0,
                "recall_change_ci95": [-0.4, -0.2], "iou_change": -0.1, "iou_change_ci95": [-0.2, -0.05],
                "objects": view, "picture": view, "pixels": view}  # fmt: skip

    def transform(name):
        if name in refused:
            return {"refused": True, "verdict": "corrupts"}
        return {"refused": False, "verdict": worst, "turns": {"shifts": None, "corrupts": 1.0}, "shape": "smooth",
                "label_loss": [0.0, 0.3], "label_loss_ci95": [[0.0, 0.1], [0.2, 0.4]],
                "at": [row(0.5, "safe"), row(1.0, worst)]}  # fmt: skip

    return {"strengths": [0.5, 1.0], "frames": 12, "tolerated": {"recall_loss": 0.05, "iou_loss": 0.05},
            "real_against_real": {name: view for name in ("objects", "picture", "pixels")},
            "experts": {"recall": 0.9, "iou": 0.8},
            "transforms": {name: transform(name) for name in NAMES}}  # fmt: skip


def made_up_gap(rung="site"):
    """What the claims read of gap.json."""
    told = {"gain_over_previous": 0.02, "gain_ci95": [-0.1, 0.1], "effect": "none"}
    return {"rungs": {name: told for name in (rung, "motion_blur", "rolling_shutter")}}


def made_up(name="site"):
    """All parts, of a rung of that name."""
    return {"audit": made_up_audit(), "alarms": made_up_alarms(name), "search": made_up_search(),
            "curves": made_up_learning(), "loader": made_up_loader(), "gap": made_up_gap(name)}  # fmt: skip
