"""Look for objects in one's own pictures, or export the network: `python -m pipeline.detect --help`."""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from pipeline.config import load_params
from pipeline.data.coco import Category
from pipeline.data.files import atomic_write, write_image, write_text
from pipeline.detect.command import read_categories
from pipeline.detect.detector import Detector
from pipeline.errors import UserError
from pipeline.look.export import export_onnx, input_size
from pipeline.look.marks import draw_boxes
from pipeline.look.source import Source, open_source
from pipeline.measure import folders
from pipeline.measure.matching import Detections
from pipeline.measure.predict import ask_commands, detections_of
from pipeline.params import Params

OUT = Path("data/out/detect")


def run(*words: str) -> None:
    """Draw what a trained detector finds in an image, a folder of images or a video; or export its network."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.detect", description=run.__doc__)
    parser.add_argument("source", help="an image, a folder of images or a video; with --export the file to write")
    parser.add_argument("--rung", help="whose detector: a rung of the ladder or real_only (default: gate.rung)")
    parser.add_argument("--seed", type=int, default=0, help="which of its trainings (default: 0)")
    parser.add_argument("--score", type=float, default=0.3, help="boxes that score less are left out (default: 0.3)")
    parser.add_argument("--out", help=f"folder for the pictures and detections.json (default: {OUT}/<name>)")
    parser.add_argument("--export", choices=["onnx"], help="write the network to a file instead")
    parser.add_argument("--size", type=int, nargs=2, metavar=("WIDTH", "HEIGHT"),
                        help="of the frames that the exported network is for, in px (default: that of the scenes)")
    chosen = parser.parse_args(words)
    params = load_params()
    rung = chosen.rung or params.gate.rung
    known = [*params.ladder, folders.REAL_ONLY]
    if rung not in known:
        raise UserError(f"--rung: {rung!r} is no detector of params.yaml; expected one of {', '.join(known)}")
    model = folders.trained(rung, chosen.seed, params.detector.kind)
    if chosen.export:
        export(model, Path(chosen.source), chosen.size, params)
        return
    source = open_source(chosen.source)
    out = Path(chosen.out) if chosen.out else OUT / source.path.stem
    count, found = detect(source, model, chosen.score, out, params)
    what = f"{count} frames" if source.is_video else f"{count} image{'s' if count != 1 else ''}"
    print(f"{out}: {found} found in {what}, score at least {chosen.score:g}, by {model}; boxes: detections.json")


def export(model: Path, path: Path, size: Sequence[int] | None, params: Params) -> None:
    """Write the network of the builtin detector as ONNX, for frames of one size."""
    if params.detector.kind != "builtin":
        raise UserError("--export: only the builtin detector can be exported; detector.kind is command")
    detector = Detector.load(model, params.decoding)
    frame = size or (params.scenes.width_px, params.scenes.height_px)
    width, height = input_size(*frame, detector.params.input_scale)
    export_onnx(detector, width, height, path)
    names = ", ".join(category.name for category in detector.categories)
    print(
        f"{path}: {model} for frames of {frame[0]} x {frame[1]} px, shrunk by {detector.params.input_scale:g}; input "
        f'"image" (1, 3, {height}, {width}) RGB 0..255, outputs "boxes" (1, cells, 4) and "scores" (1, cells, '
        f"{len(detector.categories)}): {names}"
    )


def detect(source: Source, model: Path, least: float, out: Path, params: Params) -> tuple[int, int]:
    """Write pictures or a video with boxes, and detections.json, to `out`; returns how many frames and detections."""
    if source.path.resolve() in (out.resolve(), out.resolve() / source.path.name):
        raise UserError(f"--out: {out} holds the pictures themselves, which would be overwritten; name another folder")
    entries, count = [], 0
    categories, pairs = look(source, model, params)
    places = {category.name: k for k, category in enumerate(categories)}
    with writer(source, out) as write:
        for name, frame, found in tqdm(pairs, "detect", source.count(), unit="frame", disable=None):
            count += 1
            chosen = found.scores >= least
            boxes, scores, names = found.boxes[chosen], found.scores[chosen], found.category[chosen]
            labels = [f"{kind} {score:.2f}" if len(places) > 1 else f"{score:.2f}"
                      for kind, score in zip(names, scores, strict=True)]
            write(name, draw_boxes(frame, boxes, labels, np.array([places[kind] for kind in names])))
            for (x0, y0, x1, y1), score, kind in zip(boxes, scores, names, strict=True):
                box = [round(float(v), 2) for v in (x0, y0, x1 - x0, y1 - y0)]
                entries.append({"image_id": count, "category_id": categories[places[kind]].id, "bbox": box,
                                "score": round(float(score), 5), "file_name": name})
    write_text(out / "detections.json", "[" + ",\n".join(json.dumps(entry) for entry in entries) + "]\n")
    return count, len(entries)


def look(
    source: Source, model: Path, params: Params
) -> tuple[tuple[Category, ...], Iterator[tuple[str, np.ndarray, Detections]]]:
    """What the detector knows, and (name, frame, detections) of every frame."""
    if params.detector.kind == "builtin":
        detector = Detector.load(model, params.decoding)
        return detector.categories, ((name, frame, detections_of(detector, frame)) for name, frame in source.frames())
    found = ask(source, model, params)
    return read_categories(model), ((*pair, said) for pair, said in zip(source.frames(), found, strict=True))


def ask(source: Source, model: Path, params: Params) -> list[Detections]:
    """What the user's own detector says; the frames of a video are written to files for it."""
    with tempfile.TemporaryDirectory(prefix="frames-") as scratch:
        paths = list(source.images)
        for name, frame in source.frames() if source.is_video else ():
            paths.append(Path(scratch) / name)
            write_image(paths[-1], frame)
        return ask_commands([model], paths, np.ones((1, len(paths)), bool), params, "ask")[0]


@contextmanager
def writer(source: Source, out: Path) -> Iterator[Callable[[str, np.ndarray], None]]:
    """A function that takes the name and the picture of every frame: it writes pictures, or one video."""
    if not source.is_video:
        yield lambda name, picture: write_image(out / name, picture)
        return
    with atomic_write(out / f"{source.path.stem}.mp4") as partial:
        video = cv2.VideoWriter()

        def write(_: str, picture: np.ndarray) -> None:
            size = picture.shape[1::-1]
            if not video.isOpened() and not video.open(
                str(partial), cv2.VideoWriter.fourcc(*"mp4v"), source.frames_per_s, size
            ):
                raise UserError(f"{out}: OpenCV cannot write an MP4 video here; detect in a folder of frames instead")
            video.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))

        yield write
        video.release()
