"""Colour smoothing of the ISP, from how much weaker the noise is in chroma than in luma."""

from dataclasses import replace

import numpy as np

from sensors.camera import Camera
from sensors.fits import Fit
from sensors.inverse import undo_tone
from sensors.profile import CameraProfile
from sensors.temporal_noise import chroma_noise_ratio
from sensors.trials import strips

SIGMAS_PX = (0.0, 0.5, 0.8, 1.2, 1.7, 2.4, 3.2)
FRAMES, SCENE_PX = 6, 120_000
NEAR = 0.1  # log ratios of noise in chroma to noise in luma that frames of one camera differ by
UNTOLD = "isp.chroma_denoise_sigma_px: the noise's colour is not a sensor's, whatever the smoothing"


def fit_chroma_denoise(profile: CameraProfile, frames: np.ndarray, plate: np.ndarray) -> Fit:
    """isp.chroma_denoise_sigma_px of a static camera. frames (N, H, W, 3) uint8 RGB, plate: their median."""
    if profile.sensor is None:
        return Fit(profile, {}, ("isp.chroma_denoise_sigma_px: needs the noise of the sensor first",))
    seen = chroma_noise_ratio(frames[:: max(1, len(frames) // FRAMES)], plate)
    scene = undo_tone(strips(plate, SCENE_PX) / 255, profile.isp)
    distance = []
    for sigma in SIGMAS_PX:
        camera = Camera(replace(profile, isp=replace(profile.isp, chroma_denoise_sigma_px=sigma), optics=None))
        images = [camera.develop(scene, np.random.default_rng([i]))[0] for i in range(FRAMES)]
        made = chroma_noise_ratio(images, np.mean(images, axis=0, dtype=np.float32))
        distance.append(abs(np.log(max(made, 1e-3) / max(seen, 1e-3))))
    best = int(np.argmin(distance))
    if max(distance) - min(distance) <= NEAR:
        return Fit(profile, {}, (UNTOLD,))
    near = [s for s, d in zip(SIGMAS_PX, distance, strict=True) if d <= distance[best] + NEAR]
    isp = replace(profile.isp, chroma_denoise_sigma_px=SIGMAS_PX[best])
    return Fit(replace(profile, isp=isp), {"isp.chroma_denoise_sigma_px": (min(near), max(near))})
