"""frames_needed: how many real frames the gate's rung needs for a gate of so many points, from what evaluate left."""

from pipeline.compare.frames_needed import page
from pipeline.compare.recalls import measure_recalls
from pipeline.compare.run_matches import read_matches
from pipeline.config import load_params
from pipeline.data.files import write_text
from pipeline.errors import main
from pipeline.measure import folders


def run() -> None:
    """Write data/report/frames_needed.txt and print it."""
    params = load_params()
    text = page(measure_recalls(read_matches(params), params), params.ladder, params.gate.rung)
    write_text(folders.REPORT / "frames_needed.txt", text)
    print(text, end="")


if __name__ == "__main__":
    main(run)
