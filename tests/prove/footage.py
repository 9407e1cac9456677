"""Footage by known cameras, of scenes that no fit assumes: photographs, cards, ramps, discs, things that move."""

import cv2
import numpy as np
from skimage import data

from sensors import Camera, CameraProfile, Cfa, Codec, Isp, Optics, Sensor
from sensors.isp import linear_from_srgb

WIDTH, HEIGHT = 640, 480
FINE = 4  # cards and discs are drawn this much finer, so that their edges are sharper than any lens
DARK_DISPLAY = 32  # 8-bit intensity at which read noise is compared with shot noise and with rounding


def draw_profile(rng, visible_read_noise=True):
    """A random camera. visible_read_noise: at the intensity DARK_DISPLAY at least as strong as shot noise and 1 DN."""
    electrons = float(np.exp(rng.uniform(np.log(500), np.log(6000))))
    dark = float(linear_from_srgb(DARK_DISPLAY / 255))
    least = max(np.sqrt(dark * electrons), electrons / dn_per_light(dark))
    read = least * float(rng.uniform(1.0, 2.0)) if visible_read_noise else float(rng.uniform(0, 0.3)) * least
    isp = Isp(
        sharpening=float(rng.uniform(0, 1.2)),
        sharpening_sigma_px=float(rng.uniform(0.8, 1.8)),
        denoise_sigma_px=float(rng.choice([0.0, rng.uniform(0.3, 0.7)])),
    )
    return CameraProfile(
        optics=Optics(psf_sigma_px=float(rng.uniform(0.7, 1.5))),
        sensor=Sensor(electrons, electrons * 1.05, read_noise_e=read),
        cfa=Cfa(),
        isp=isp,
        codec=Codec(int(rng.integers(80, 96)), str(rng.choice(["444", "422", "420"]))),
    )


def dn_per_light(light):
    """Slope of the sRGB curve [8-bit DN per unit of linear light]."""
    return 255 * 1.055 / 2.4 * light ** (1 / 2.4 - 1)


def static_frames(profile, rng, count=40):
    """uint8 RGB (H, W, 3) frames of a still life through which a disc moves."""
    light, camera, frames = still_life(rng), Camera(profile), []
    row, radius = int(rng.integers(60, HEIGHT - 60)), int(rng.integers(10, 20))
    for i in range(count):
        now = light.copy()
        centre = 30 + i * (WIDTH - 60) // count, row
        cv2.circle(now, centre, radius, (0.9, 0.8, 0.2), -1, cv2.LINE_AA)
        frames.append(camera.develop(now, rng)[0])
    return frames


def still_life(rng):
    """(H, W, 3) float32 linear light: a photograph, ramps from dark to bright, coloured cards and discs."""
    picture = rng.choice([0, 1, 2, 3])
    photograph = (data.astronaut, data.chelsea, data.coffee, data.rocket)[picture]()
    side = min(photograph.shape[:2])
    photograph = cv2.resize(photograph[:side, :side], (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA)
    fine = np.empty((HEIGHT * FINE, WIDTH * FINE, 3), np.float32)
    fine[:] = rng.uniform(0.2, 0.6)
    for _ in range(50):
        centre = rng.uniform([0, 0], [WIDTH, HEIGHT]) * FINE
        size = rng.uniform(20, 70, 2) * FINE
        colour = linear_from_srgb(np.clip(rng.uniform(0.08, 0.92) + rng.normal(0, 0.05, 3), 0.03, 0.95))
        if rng.random() < 0.7:
            corners = cv2.boxPoints((tuple(centre), tuple(size), float(rng.uniform(0, 90))))
            cv2.fillPoly(fine, [np.rint(corners).astype(np.int32)], tuple(map(float, colour)))
        else:
            cv2.circle(fine, tuple(np.rint(centre).astype(int)), int(size[0] / 2), tuple(map(float, colour)), -1)
    light = cv2.resize(fine, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    light[5 : 5 + HEIGHT // 2, 3 : 3 + WIDTH // 2] = linear_from_srgb(photograph / 255.0)
    ramp = linear_from_srgb(np.linspace(0.06, 0.95, WIDTH))
    light[HEIGHT // 2 + 13 : HEIGHT // 2 + 51] = ramp[None, :, None]
    light[-43:] = ramp[None, ::-1, None] * rng.uniform(0.7, 1.0, 3)
    return np.ascontiguousarray(light, np.float32)
