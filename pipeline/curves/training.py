"""One training of the learning curves, and what its detector finds on the frames that it has not learned from."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from pipeline.curves.plan import Lesson
from pipeline.data.files import read_image
from pipeline.detect.dataset import PackedSet
from pipeline.measure.matching import Detections
from pipeline.measure.predict import detections_of
from pipeline.measure.results import TestSet
from pipeline.params import Params, TrainParams
from pipeline.search.space import Policy

NOTHING = Detections(np.zeros((0, 4)), np.zeros(0), np.zeros(0, str))


def learn_and_look(lesson: Lesson, sets: Mapping[str, PackedSet], validation: TestSet, params: Params
                   ) -> list[Detections]:
    """In a process of its own, on one thread: what is found on each frame, nothing on those that are not measured.

    Learning from nothing takes curves.steps; learning on from a detector as in `pipeline.labels.finetune`.
    """
    from pipeline.detect.detector import Detector, save
    from pipeline.detect.loop import train, use_one_thread
    from pipeline.labels.finetune import fewer_and_smaller_steps, learn, trainable

    packed, plan = sets[lesson.data], settings_of(lesson, params)
    if lesson.start is None:
        network = train(packed, params.detector, plan, params.seed, lesson.run, lambda step, epoch, loss: None)
    else:
        use_one_thread()
        network = trainable(lesson.start, Detector.load(lesson.start, params.decoding))
        learn(network, packed, fewer_and_smaller_steps(plan), params.seed, lesson.run)
    if lesson.keep:
        save(lesson.keep, network, params.detector, packed.categories)
    detector = Detector(network, params.detector, params.decoding, packed.categories)
    return [detections_of(detector, read_image(path)) if i in lesson.measured else NOTHING
            for i, path in enumerate(validation.paths)]  # fmt: skip


def settings_of(lesson: Lesson, params: Params) -> TrainParams:
    """Every training takes the same steps, however many images there are. Plain: crops as they are."""
    settings = replace(params.train, steps=params.curves.steps)
    if not lesson.plain:
        return settings
    bare = replace(settings, flip=False, scale_range=(1.0, 1.0), colour_jitter=0.0, grey_share=0.0, label_smoothing=0.0)
    return Policy().applied_to(bare)
