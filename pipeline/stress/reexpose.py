"""One real frame -> its pictures by the second camera, with labels that followed."""

import zlib
from dataclasses import dataclass, replace

import numpy as np

from pipeline.errors import UserError
from pipeline.params import StressParams
from pipeline.stress.levels import AS_IT_IS, Level
from pipeline.stress.scene import ShakenFrame
from pipeline.stress.shake import Shake, draw_shake
from sensors import ActorLabel, Camera, CameraProfile, Codec, Isp, Sensor, Shutter, expose
from sensors.inverse import light_of
from sensors.isp import IDENTITY

STREAM = 104  # apart from the streams that draw scenes, resamples and seeds
JPEG_BLOCK_PX = 16  # with halved chroma: a crop by whole blocks meets the codec's grid as the frame did
LEAST_PX = 64


@dataclass(frozen=True)
class Frame:
    """A real frame. image: uint8 RGB (H, W, 3). boxes: (N, 4) float64 xyxy px, ignore regions among them."""

    id: int
    image: np.ndarray
    boxes: np.ndarray


@dataclass(frozen=True)
class Reexposed:
    """image: uint8 RGB. jpeg: the second camera's file; None for the frame as it is. labels: `actor` is the box."""

    image: np.ndarray
    jpeg: bytes | None
    labels: list[ActorLabel]


def margin_px(params: StressParams, width: int, height: int) -> int:
    """What is cut off every side of every frame, at every severity, so that all show the same part of the world.

    Half the longest motion. Cutting invents nothing; a mirrored border would show people that no label knows. Raises
    UserError where too little of the frame would be left.
    """
    longest = max(*params.motion_blur_px, *params.rolling_shutter_skew_px)
    margin = JPEG_BLOCK_PX * int(np.ceil((longest / 2 + 2) / JPEG_BLOCK_PX))  # 2 px more for the interpolation
    if min(width, height) - 2 * margin < LEAST_PX:
        raise UserError(
            f"stress.motion_blur_px, stress.rolling_shutter_skew_px: expected motions that leave {LEAST_PX} px of a "
            f"{width} x {height} px frame, found {longest:g} px, which cuts {margin} px off each side; use smaller ones"
        )
    return margin


def reexpose(
    frame: Frame, levels: list[Level], profile: CameraProfile, params: StressParams, seed: int
) -> list[Reexposed]:
    """The frame at every level. profile: of the camera that took it, as far as it is known.

    The same seed gives the same bytes. Motion is drawn once a frame, photons once a level.
    """
    height, width = frame.image.shape[:2]
    margin = margin_px(params, width, height)
    camera = second_camera(profile)
    rest = ShakenFrame(light_of(frame.image, camera.isp), frame.boxes, margin)
    shake = draw_shake(np.random.default_rng([seed, STREAM, frame.id]), params)
    pictures = []
    for level in levels:
        if level == AS_IT_IS:
            own = frame.image[margin : height - margin, margin : width - margin]
            pictures.append(Reexposed(own, None, expose(rest).labels))
            continue
        photons = np.random.default_rng([seed, STREAM, frame.id, zlib.crc32(level.name.encode())])
        shutter, moved = expose_for(level, shake, rest)
        exposed = expose(moved, shutter)
        light = np.maximum(exposed.light, 0)  # the interpolation swings a little below black at edges
        image, jpeg = Camera(replace(stressed(camera, level), shutter=shutter)).develop(light, photons)
        pictures.append(Reexposed(image, jpeg, exposed.labels))
    return pictures


def second_camera(profile: CameraProfile) -> CameraProfile:
    """The camera that took the frame, without what the frame has been through for good: lens and colour.

    Photon noise, mosaic, image processing and JPEG act again, on light from which sharpening and tone were taken out.
    """
    isp = replace(profile.isp or Isp(), gains=(1.0, 1.0, 1.0), colour_matrix=IDENTITY)
    sensor, codec = profile.sensor or Sensor(), profile.codec or Codec()
    return replace(profile, shutter=None, optics=None, response=None, sensor=sensor, isp=isp, codec=codec)


def stressed(camera: CameraProfile, level: Level) -> CameraProfile:
    """The camera with less light or less space. With less light its gain is turned up: white stays white."""
    if level.kind == "low_light":
        sensor = replace(camera.sensor, electrons_at_white=level.value, full_well_e=level.value, dn_per_e=None)
        return replace(camera, sensor=sensor)
    if level.kind == "compression":
        return replace(camera, codec=replace(camera.codec, jpeg_quality=level.value))
    return camera


def expose_for(level: Level, shake: Shake, rest: ShakenFrame) -> tuple[Shutter | None, ShakenFrame]:
    """Shutter and moving scene: open, or read, for as long as the image takes to move by the level's px."""
    if level.kind not in ("motion_blur", "rolling_shutter"):
        return None, rest
    duration_s = shake.duration_s(level.value)
    moved = replace(rest, shake=shake.centred(duration_s))
    if level.kind == "motion_blur":
        return Shutter(exposure_us=duration_s * 1e6), moved
    return Shutter(line_readout_us=duration_s * 1e6 / (rest.height - 1)), moved
