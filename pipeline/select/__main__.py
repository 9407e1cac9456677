"""Which frames to annotate next -> data/out/select/{selected.json,selected.csv,contact_sheet.jpg}.

`python -m pipeline.select [--frames FOLDER_OR_VIDEO] [--count 8] [--rung site] [--out data/out/select]`

With --measure: does it help? -> data/report/select.json, which the page shows after the next `dvc repro`.
"""

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

from pipeline.config import load_params
from pipeline.data.files import write_image, write_json, write_text
from pipeline.errors import UserError, main
from pipeline.measure import folders
from pipeline.params import Params
from pipeline.select.choose import choose
from pipeline.select.doubt import Opinion
from pipeline.select.frames import Frames, default_frames, given_frames, picture_names
from pipeline.select.look import certainty_of, load_detectors, look
from pipeline.select.measure import SEEDS, measure
from pipeline.select.sheet import contact_sheet

OUT = Path("data/out/select")
COUNT = 8


def run(*words: str) -> None:
    """Choose frames, or measure how good the choice is, as the words of the command line say."""
    params = load_params()
    options = parse(words, params)
    if options.measure:
        path = (options.out or folders.REPORT) / "select.json"
        content = measure(options.rung, options.count, options.seeds, params)
        write_json(path, content)
        print(f"{path}: {content['sentence']}")
        return
    frames = given_frames(options.frames, params) if options.frames else default_frames()
    select(frames, options.count, options.rung, options.out or OUT, params)


def parse(words: tuple[str, ...], params: Params) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m pipeline.select", description="Which frames to annotate next.")
    parser.add_argument("--frames", type=Path, metavar="FOLDER_OR_VIDEO",
                        help="unlabelled frames; default: those of the calibration split")  # fmt: skip
    parser.add_argument("--count", type=positive, default=COUNT, help=f"how many; default {COUNT}")
    parser.add_argument("--rung", default=params.gate.rung, help="whose detectors; default: that of the gate")
    parser.add_argument("--out", type=Path, help=f"folder; default {OUT}, with --measure {folders.REPORT}")
    parser.add_argument("--measure", action="store_true", help="compare with random frames instead")
    parser.add_argument("--seeds", type=positive, default=SEEDS, help=f"of --measure; default {SEEDS}")
    options = parser.parse_args(words)
    if options.rung not in params.ladder:
        raise UserError(f"--rung: expected one of {', '.join(params.ladder)}, found {options.rung!r}; correct it")
    return options


def positive(word: str) -> int:
    if not word.isdecimal() or int(word) == 0:
        raise argparse.ArgumentTypeError(f"expected a number from 1, found {word!r}")
    return int(word)


def select(frames: Frames, count: int, rung: str, out: Path, params: Params) -> None:
    """Write the ranked list of the chosen frames, and the contact sheet."""
    detectors, certainty = load_detectors(rung, params), certainty_of(rung, params)
    opinions, features = look(frames.images(), len(frames.names), detectors, certainty)
    known = labelled_frames()
    features_of_known = look(known.images(), len(known.names), detectors[:1], certainty)[1]
    doubt = np.array([opinion.doubt for opinion in opinions])
    chosen = choose(doubt, features, count, features_of_known.reshape(-1, features.shape[1]))
    rows = [
        {"rank": rank, "frame": frames.names[i], "doubt": round(float(doubt[i]), 3), "gain": round(gain, 3)}
        for rank, (i, gain) in enumerate(chosen, start=1)
    ]
    write_json(out / "selected.json", {"schema": 1, "rung": rung, "frames": len(frames.names), "selected": rows})
    lines = [",".join(rows[0]), *(f'{r["rank"]},"{quoted(r["frame"])}",{r["doubt"]},{r["gain"]}' for r in rows)]
    write_text(out / "selected.csv", "\n".join(lines) + "\n")
    write_image(out / "contact_sheet.jpg", sheet_of(frames, rows, opinions), [cv2.IMWRITE_JPEG_QUALITY, 85])
    names = ", ".join(row["frame"] for row in rows)
    print(f"{out / 'contact_sheet.jpg'}: of {len(frames.names)} frames, annotate next: {names}")


def labelled_frames() -> Frames:
    """The training frames, which have labels already."""
    folder = folders.real_set("train") / "images"
    return Frames(folder, picture_names(folder) if folder.is_dir() else [])


def sheet_of(frames: Frames, rows: list[dict], opinions: list[Opinion]) -> np.ndarray:
    index = {name: i for i, name in enumerate(frames.names)}
    wanted = sorted(index[row["frame"]] for row in rows)
    images = dict(zip(wanted, frames.images(wanted), strict=True))
    order = [index[row["frame"]] for row in rows]
    captions = [f"{row['rank']}.  {row['frame']}: {row['doubt']:.1f} mistakes to expect" for row in rows]
    return contact_sheet([images[i] for i in order], [opinions[i] for i in order], captions)


def quoted(text: str) -> str:
    return text.replace('"', '""')


if __name__ == "__main__":
    main(run, sys.argv[1:])
