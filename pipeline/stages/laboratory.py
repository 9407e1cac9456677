"""laboratory: what the opt-in stages found, on one page -> data/report/laboratory.html, and as a table laboratory.md.

By hand, `python -m pipeline.stages.laboratory` shows those that have run, if they are about the detectors, labels and
parameters that are here now; `dvc repro lab/dvc.yaml` runs all of them first.
"""

from pathlib import Path

from pipeline.audit.frames import read_frames
from pipeline.compare.fingerprint import fingerprint
from pipeline.config import load_params
from pipeline.data.files import sha256_of, write_text
from pipeline.errors import UserError, main
from pipeline.laboratory.audit import audit_section
from pipeline.laboratory.claims import as_markdown, claims_of
from pipeline.laboratory.page import build_page
from pipeline.measure import folders
from pipeline.measure.results import read_json
from pipeline.params import Params

PARTS = ("audit", "search", "curves", "alarms", "loader")


def run() -> None:
    """Write the page and the table. Raises UserError where no part has run."""
    params = load_params()
    found = {part: content for part in PARTS if (content := read_current(part, params))}
    if not found:
        raise UserError(
            "data/out: expected at least one of the laboratory's results, found none that are about these detectors, "
            "labels and parameters; run `dvc repro lab/dvc.yaml`, or one of its stages"
        )
    if (gap := folders.REPORT / "gap.json").is_file():
        found["gap"] = read_json(gap)
    audit = audit_section(found["audit"], read_frames()[0], params) if "audit" in found else ""
    write_text(folders.REPORT / "laboratory.html", build_page(found, audit))
    write_text(folders.REPORT / "laboratory.md", as_markdown(claims_of(found)))
    missing = ", ".join(part for part in PARTS if part not in found)
    print(f"laboratory: {folders.REPORT / 'laboratory.html'}{f'; not there: {missing}' if missing else ''}")


def read_current(part: str, params: Params) -> dict:
    """What a stage wrote; empty if it is missing, or about other detectors, labels or parameters."""
    path = folders.OUT / part / f"{part}.json"
    content = read_json(path) if path.is_file() else {}
    made_from = content.get("made_from", {})
    current = all(Path(name).is_file() and sha256_of(name) == digest for name, digest in made_from.items())
    return content if current and content.get("params_sha256", fingerprint(params)) == fingerprint(params) else {}


if __name__ == "__main__":
    main(run)
