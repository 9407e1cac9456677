"""gap: gap.json, gap.csv and the picture of the ladder, from what evaluate and transfer left."""

from pipeline.compare.fingerprint import fingerprint
from pipeline.compare.gap import build_gap
from pipeline.compare.run_matches import read_matches
from pipeline.compare.table import gap_csv, gap_text
from pipeline.config import load_params
from pipeline.data.files import write_json, write_text
from pipeline.errors import main
from pipeline.measure import folders
from pipeline.measure.results import load_test_set, read_json
from pipeline.report.ladder import ladder_file


def run() -> None:
    """Write data/report/gap.json, gap.csv and ladder.svg and print the table of rungs."""
    params = load_params()
    matches = read_matches(params)
    metrics = {name: read_json(folders.evaluation(name) / "metrics.json") for name in matches}
    transfer = read_json(folders.OUT / "transfer" / "transfer.json")
    train_images = len(load_test_set(folders.real_set("train"), look_for_images=False))
    gap = build_gap(matches, metrics, transfer, train_images, fingerprint(params), params)
    write_text(folders.REPORT / "gap.csv", gap_csv(gap))
    write_text(folders.REPORT / "ladder.svg", ladder_file(gap))
    write_json(folders.REPORT / "gap.json", gap)
    print(gap_text(gap))


if __name__ == "__main__":
    main(run)
