"""A camera measured by `emva1288`, the reference implementation of the standard EMVA 1288, release 4.

The package reads image files; here it reads frames that a camera takes when they are asked for. It still uses
np.asfarray, which numpy 2 has dropped and which is all that it lacks.
"""

import logging
from functools import partial

import numpy as np

if not hasattr(np, "asfarray"):
    np.asfarray = partial(np.asarray, dtype=np.float64)

from emva1288.process.data import Data1288  # noqa: E402
from emva1288.process.loader import LoadImageData  # noqa: E402
from emva1288.process.results import Results1288  # noqa: E402


class _Frames(LoadImageData):
    """The package's loader, with frames that are taken when it asks for them in place of file names."""

    def _load_imgs(self, take):
        frames = take()
        self._shape.add(frames[0].shape)
        return frames


def measure(camera, levels, stack_level, stack, shape, seed):
    """Results of the standard. levels: (exposure_us, photons) of every pair of frames that makes the photon
    transfer curve, a dark pair per exposure time is added. stack: frames of the spatial measurement, dark and at
    `stack_level` = (exposure_us, photons). shape: (H, W) of a frame.
    """

    def frames(exposure_us, photons, count):
        def take():
            stream = np.random.default_rng([*seed, count, round(exposure_us), round(1000 * photons)])
            return [camera.flat_field(photons, stream, shape, exposure_us) for _ in range(count)]

        return take

    images = {"temporal": {}, "spatial": {}}
    for exposure_us, photons in levels:
        series = images["temporal"].setdefault(exposure_us * 1000, {0.0: frames(exposure_us, 0.0, 2)})  # in ns
        series[photons] = frames(exposure_us, photons, 2)
    exposure_us, photons = stack_level
    images["spatial"][exposure_us * 1000] = {0.0: frames(exposure_us, 0.0, stack),
                                             photons: frames(exposure_us, photons, stack)}
    data = Data1288(_Frames(images, loglevel=logging.WARNING).data, loglevel=logging.WARNING).data
    return Results1288(data, loglevel=logging.WARNING)
