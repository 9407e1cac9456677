"""report: data/report/index.html, one page with everything that was found out."""

import csv
from pathlib import Path

from pipeline.config import load_params
from pipeline.data.files import sha256_of, write_text
from pipeline.errors import UserError, main
from pipeline.gate import CANNOT_TELL, judge, read_gap
from pipeline.measure import folders
from pipeline.measure.categories import match_categories, to_find
from pipeline.measure.results import load_test_set, read_json, read_results
from pipeline.params import Params
from pipeline.report.page import Evidence, build_page
from pipeline.stress.folders import RESULTS, level_set
from pipeline.stress.levels import all_levels


def run() -> None:
    """Write data/report/index.html."""
    params = load_params()
    write_text(folders.REPORT / "index.html", build_page(gather(params), params))


def gather(params: Params) -> Evidence:
    """Read what the stages left; the camera, curves, durations and selection may be missing."""
    names = [*params.ladder, folders.REAL_ONLY]
    gap = read_gap(folders.REPORT / "gap.json")
    real = load_test_set(folders.real_set("test"))
    first_seed = {
        name: read_results(folders.results(name, "real", 0), real.image_ids, real.categories) for name in names
    }
    categories = to_find(real)
    return Evidence(
        gap=gap,
        verdict=_verdict(gap, params),
        real=real,
        matches={
            name: match_categories(real.truths, found, categories, params.evaluate.iou)
            for name, found in first_seed.items()
        },
        synth={rung: load_test_set(folders.synth_set(rung)) for rung in params.ladder},
        stress=read_json(RESULTS),
        reexposed={level.name: load_test_set(level_set(level)) for level in all_levels(params.stress)},
        camera=read_json(path) if (path := folders.OUT / "calibration" / "camera.json").is_file() else {},
        curves={
            name: curve for name in names if (curve := read_curve(folders.OUT / "train" / name / "curve.csv"))
        },
        seconds=read_durations(params),
        realism=read_json(path) if (path := folders.OUT / "realism" / "auc.json").is_file() else {},
        selection=read_selection(folders.REPORT / "select.json"),
    )


def _verdict(gap: dict, params: Params) -> tuple[int, str]:
    try:
        return judge(gap, params)
    except UserError as error:
        return CANNOT_TELL, str(error)


def read_selection(path: Path) -> dict:
    """What `python -m pipeline.select --measure` wrote; empty if it is missing, or about other detectors or labels."""
    measured = read_json(path) if path.is_file() else {}
    made_from = measured.get("made_from", {})
    current = all(Path(name).is_file() and sha256_of(name) == digest for name, digest in made_from.items())
    return measured if current else {}


def read_curve(path: Path) -> dict[str, list[tuple[float, float]]]:
    """{seed: [(step, loss)]}; empty if there is no file."""
    if not path.is_file():
        return {}
    curves: dict[str, list[tuple[float, float]]] = {}
    with open(path, encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            curves.setdefault(row["seed"], []).append((float(row["step"]), float(row["loss"])))
    return curves


def read_durations(params: Params) -> dict[str, float]:
    """{stage: s} in the order of the experiment, of the stages that have left a duration."""
    names = [*params.ladder, folders.REAL_ONLY]
    stages = ["real", "assets", "calibrate", "reexpose", "places", "recipes"]
    stages += [f"{stage}-{name}" for stage in ("synth", "train", "evaluate") for name in names] + [
        "transfer",
        "stress",
        "realism",
        "gap",
    ]
    paths = {stage: folders.OUT / "durations" / f"{stage}.json" for stage in stages}
    return {stage: read_json(path)["seconds"] for stage, path in paths.items() if path.is_file()}


if __name__ == "__main__":
    main(run)
