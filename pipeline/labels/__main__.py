"""Which labels of the real frames should be looked at again, the most suspicious first: `python -m pipeline.labels`.

Detectors of the gate's rung learn on from folds of the labelled training frames and judge the frames that they have
not learned from. The test frames are only looked at: no detector learns from them, not even here. Nothing is changed;
writes data/out/labels/{ranking.json,index.html,crops}.
"""

from pathlib import Path

from pipeline.config import load_params
from pipeline.data.coco import CocoSet
from pipeline.data.files import atomic_folder
from pipeline.errors import main
from pipeline.labels.builtin import checkpoint
from pipeline.labels.out_of_fold import in_order, labels_of, read_split, see_folds, see_others
from pipeline.labels.quality import rank_suspicions
from pipeline.labels.report import Frame, write_report
from pipeline.measure import folders

OUT = Path("data/out/labels")


def run() -> None:
    """Write the ranking of all labels of the splits train and test."""
    params = load_params()
    start = checkpoint(params.gate.rung, 0, params)
    sets = {split: read_split(split) for split in ("train", "test")}
    train = folders.real_set("train") / "images"
    frames = [frame for split, coco in sets.items() for frame in frames_of(split, coco)]
    test = [frame.path for frame in frames if frame.split == "test"]
    seen = see_folds(sets["train"], train, start, params)
    seen += see_others(sets["train"], train, test, start, params)
    labels = [own for coco in sets.values() for own in labels_of(coco)]
    judged = sum(int((~own.ignore).sum()) for own in labels)
    with atomic_folder(OUT) as out:
        content = write_report(out, rank_suspicions(labels, seen), frames, judged)
    kinds = ", ".join(f"{count} {kind}" for kind, count in content["kinds"].items()) or "nothing suspicious"
    print(f"{OUT}/index.html: {judged} labels; {kinds}")


def frames_of(split: str, coco: CocoSet) -> list[Frame]:
    folder = folders.real_set(split) / "images"
    return [Frame(split, image.file_name, folder / image.file_name) for image in in_order(coco)]


if __name__ == "__main__":
    main(run)
