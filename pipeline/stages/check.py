"""Stage `check`: may the data be trusted, and is the test kept apart? -> data/out/check/{check.json,index.html,pairs}.

`python -m pipeline.stages.check FOLDER_OR_JSON [--images DIR] [--json OUT]` checks any COCO data set instead and writes
nothing but OUT. Exit code 0: no errors, 1: errors, 2: cannot run.
"""

import sys
from pathlib import Path

from pipeline.check.command import check_any
from pipeline.check.dataset import Part, check_parts
from pipeline.check.leakage import BACKGROUND, find_leakage
from pipeline.check.problem import ERROR, in_order
from pipeline.check.report import summary, write_report
from pipeline.config import load_params
from pipeline.data.coco_files import coco_files_in
from pipeline.data.files import atomic_folder, write_text
from pipeline.errors import UserError, main
from pipeline.params import Params

OUT = Path("data/out/check")
REAL = Path("data/out/real")
# {effect that makes scenes of them: folder of pictures}
BACKGROUNDS = {
    "photographs": REAL / "photos",
    "places": Path("data/out/places"),
    "site": Path("data/out/calibration"),
}
DECLARED = {BACKGROUND + "site"}  # a rung with this effect says that it knows the place


def run() -> int:
    """Check the real frames, and compare them with everything that synthetic scenes are made of."""
    params = load_params()
    checked = check_parts(parts_of_experiment(params), Path("."))
    leakage = find_leakage(checked.pictures, DECLARED)
    problems = in_order([*checked.problems, *leakage.problems])
    errors = sum(problem.severity == ERROR for problem in problems)
    with atomic_folder(OUT) as folder:
        write_report(folder, checked, leakage)
        if not errors:
            write_text(folder / "passed", "no errors\n")  # what learns waits for it, and not for counts that change
    print(summary(problems, checked, leakage))
    return 1 if errors else 0


def parts_of_experiment(params: Params) -> list[Part]:
    """Annotations, splits and backgrounds. Raises UserError where a stage has not run yet."""
    parts = parts_of_annotations(Path(params.real.annotations))
    parts += [Part(split, REAL / split / "annotations.json", REAL / split / "images") for split in ("train", "test")]
    parts.append(Part("calibration", None, REAL / "calibration" / "images"))
    used = {effect for rung in params.ladder for effect in params.rungs[rung]}
    parts += [Part(BACKGROUND + effect, None, folder) for effect, folder in BACKGROUNDS.items() if effect in used]
    missing = [str(part.images) for part in parts if part.images is not None and not part.images.is_dir()]
    if missing:
        raise UserError(f"{', '.join(missing)}: expected folders of images, found none; run `dvc repro`")
    return parts


def parts_of_annotations(source: Path) -> list[Part]:
    """The user's own COCO files as they are: one, or those of a folder. Of other formats, whose reader checks them,
    only what the stage `real` made of them is checked.
    """
    if not source.is_dir():
        files = [source] if source.suffix.lower() == ".json" else []
        return [Part("annotations", file, None) for file in files]
    return [Part(f"annotations: {file.relative_to(source).as_posix()}", file, None) for file in coco_files_in(source)]


if __name__ == "__main__":
    main(check_any if sys.argv[1:] else run)
