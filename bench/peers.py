"""The nearest that albumentations (on uint8, its fast path) and kornia (on float32) have, under the same names."""

import albumentations
import kornia
import numpy as np
import torch
from albumentations import Compose
from kornia.color import CFA

from bench.subjects import CODEC, LENS, POINT_SPREAD_PX, light

MOTION_PX = 7  # the length of blur that both libraries know, one kernel for the whole picture


def of_albumentations(width, height):
    image = np.clip(255 * light(width, height) ** (1 / 2.2), 0, 255).astype(np.uint8)
    blur = albumentations.GaussianBlur(blur_limit=0, sigma_limit=(POINT_SPREAD_PX, POINT_SPREAD_PX), p=1)
    shot = albumentations.ShotNoise(p=1)
    jpeg = albumentations.ImageCompression(quality_range=(CODEC.jpeg_quality, CODEC.jpeg_quality), p=1)
    look = [albumentations.ColorJitter(0, 0, (1.2, 1.2), 0, p=1), albumentations.RandomToneCurve(p=1),
            albumentations.UnsharpMask(blur_limit=(7, 7), sigma_limit=1.0, alpha=0.5, p=1)]
    transforms = {
        "point spread": blur,
        "distortion": albumentations.OpticalDistortion(distort_limit=(LENS.k1, LENS.k1), p=1),
        "noise and ADC": shot,
        "colour, tone, sharpening": Compose(look),
        "JPEG": jpeg,
        "mosaic to 8 bits": Compose([shot, *look]),
        "rolling shutter and motion blur, 6 actors": albumentations.MotionBlur((MOTION_PX, MOTION_PX), p=1),
    }
    return {name: lambda transform=transform: transform(image=image) for name, transform in transforms.items()}


def of_kornia(width, height):
    image = torch.from_numpy(np.moveaxis(light(width, height), 2, 0).clip(0, 1).copy())[None]
    even = image[..., : height // 2 * 2, : width // 2 * 2]
    raw = kornia.color.rgb_to_raw(even, CFA.BG)
    focal = LENS.focal_px
    inner = torch.tensor([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])[None]
    radial = torch.tensor([[LENS.k1, LENS.k2, 0.0, 0.0]])
    noise = kornia.augmentation.RandomGaussianNoise(std=0.02, p=1)
    sigma = (POINT_SPREAD_PX, POINT_SPREAD_PX)

    def look(picture):
        picture = kornia.enhance.adjust_gamma(kornia.enhance.adjust_saturation(picture, 1.2), 1 / 2.2)
        return kornia.filters.unsharp_mask(picture, (9, 9), (1.0, 1.0))

    def chain():
        noisy = noise(kornia.color.rgb_to_raw(even, CFA.BG))
        return (look(kornia.color.raw_to_rgb(noisy, CFA.BG)) * 255).to(torch.uint8)

    quality = torch.tensor([float(CODEC.jpeg_quality)])
    functions = {
        "point spread": lambda: kornia.filters.gaussian_blur2d(image, (9, 9), sigma, border_type="replicate"),
        "distortion": lambda: kornia.geometry.calibration.undistort_image(image, inner, radial),
        "mosaic": lambda: kornia.color.rgb_to_raw(even, CFA.BG),
        "noise and ADC": lambda: noise(raw),
        "demosaic": lambda: kornia.color.raw_to_rgb(raw, CFA.BG),
        "colour, tone, sharpening": lambda: look(image),
        "JPEG": lambda: kornia.enhance.jpeg_codec_differentiable(image, quality),
        "mosaic to 8 bits": chain,
        "rolling shutter and motion blur, 6 actors": lambda: kornia.filters.motion_blur(image, MOTION_PX, 20.0, 0.0),
    }
    return {name: torch.no_grad()(function) for name, function in functions.items()}
