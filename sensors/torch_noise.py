"""The sensor of sensors/noise.py for batches in torch: the same distribution of digital numbers, other samples."""

import torch

from sensors.noise import COUNTABLE_BELOW_E, Sensor, gaussian_from_e, knee_e


def expose_sensor(signal: torch.Tensor, sensor: Sensor, exposure_s: float, uneven: tuple[torch.Tensor, torch.Tensor],
                  generator: torch.Generator | None) -> torch.Tensor:
    """Raw digital numbers, whole float32, of linear light (B, H, W) or (B, 3, H, W) behind the filters.

    uneven: `noise.fixed_pattern` as tensors that broadcast against one frame.
    """
    sensitivity, offset = uneven
    mean_e = signal * (sensor.electrons_at_white * sensitivity) + sensor.dark_current_e_s * exposure_s
    electrons = noisy_electrons(mean_e, sensor.read_noise_e, sensor.full_well_e, generator) + offset
    if sensor.row_noise_e > 0:
        row = (*signal.shape[:1], *(1,) * (signal.ndim - 3), signal.shape[-2], 1)
        electrons += sensor.row_noise_e * _normal(row, signal.device, generator)
    return (electrons * sensor.gain_dn_per_e + sensor.black_level_dn).round_().clamp_(0, sensor.max_dn)


def noisy_electrons(mean_e: torch.Tensor, read_noise_e: float, full_well_e: float,
                    generator: torch.Generator | None) -> torch.Tensor:
    """`noise.noisy_electrons`. Draws are made for every pixel, needed or not: a device need not be waited for."""
    normal = _normal(mean_e.shape, mean_e.device, generator)
    read = read_noise_e * _normal(mean_e.shape, mean_e.device, generator) if read_noise_e > 0 else 0.0
    if read_noise_e < COUNTABLE_BELOW_E:
        electrons = _shot_and_read(mean_e, 0.0, normal).round_().clamp_(max=full_well_e) + read
    else:
        electrons = _shot_and_read(mean_e, read_noise_e, normal)
        charge = _shot_and_read(mean_e, 0.0, normal).round_().clamp_(max=full_well_e)
        electrons = torch.where(mean_e > knee_e(full_well_e), charge + read, electrons)
    few_e = gaussian_from_e(read_noise_e)
    if few_e > 0:
        shot = torch.poisson(mean_e.clamp(max=few_e), generator=generator).clamp_(max=full_well_e)
        electrons = torch.where(mean_e < few_e, shot + read, electrons)
    return electrons


def _shot_and_read(mean_e: torch.Tensor, read_noise_e: float, normal: torch.Tensor) -> torch.Tensor:
    """`noise._shot_and_read`: mean, variance and third cumulant of Poisson(mean_e) + Normal(0, read_noise_e)."""
    variance = mean_e + max(read_noise_e**2, 1e-6)
    skew = mean_e / variance / 6
    linear = torch.addcmul(variance, skew, skew, value=-2).clamp_(min=0).sqrt_()
    return mean_e - skew + normal * torch.addcmul(linear, skew, normal)


def _normal(shape, device, generator) -> torch.Tensor:
    return torch.randn(shape, device=device, generator=generator)
