"""A small experiment that trains in the process of the test, and a watch on the files that it opens."""

import shutil
import sys
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pipeline.config import load_params
from pipeline.measure import folders
from pipeline.params import DetectorParams

SHIPPED = load_params(Path(__file__).parents[2] / "params.yaml")
opened = []


def _watch(event, arguments):
    if event in ("open", "os.listdir", "os.scandir") and isinstance(arguments[0], str | Path):
        opened.append(str(arguments[0]))


def start_watch():
    """Note in `opened` what files and folders are opened from now on. An audit hook cannot be taken away again."""
    if not opened:
        sys.addaudithook(_watch)
    opened.clear()


class AtOnce:
    """A pool that does each job when it is asked."""

    def submit(self, function, *arguments):
        future = Future()
        future.set_result(function(*arguments))
        return future


@contextmanager
def at_once(start):
    yield AtOnce()


def lay_out(root, dataset):
    """The same small set as synthetic images, real training frames, and real test frames to be left alone."""
    for folder in (folders.real_set("train"), folders.real_set("test"), folders.synth_set("site").with_name("train")):
        shutil.copytree(dataset, root / folder)


def small_params(train, decoding, network):
    detector = DetectorParams(**vars(network), kind="builtin", train_command="", predict_command="", code="")
    evaluate = replace(SHIPPED.evaluate, bootstrap_samples=100, block_frames=1)
    return replace(SHIPPED, train=replace(train, steps=3), decoding=decoding, detector=detector, evaluate=evaluate)
