"""`python -m bench.gpu --seconds 20`: speed of the torch module on every device; one line of JSON each."""

import argparse
import json
import time

import torch

from bench.subjects import SIZES, camera, light
from sensors.torch_chain import CameraModule

BATCH = {"cuda": 32, "cpu": 1}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=20.0, help="to spend on each device")
    parser.add_argument("--size", choices=SIZES, default="1920x1080")
    options = parser.parse_args()
    for device in [f"cuda:{i}" for i in range(torch.cuda.device_count())] or ["cpu"]:
        print(json.dumps(measure(torch.device(device), options)), flush=True)


def measure(device, options):
    """Light that already lies on the device -> uint8 pictures there; waits for the device at both ends."""
    batch = BATCH[device.type]
    frame = torch.from_numpy(light(*SIZES[options.size])).permute(2, 0, 1)
    frames = frame.repeat(batch, 1, 1, 1).to(device)
    generator = torch.Generator(device).manual_seed(1)
    result = {"device": _name(device), "size": options.size, "batch": batch}
    cases = {"gigapixels_per_s": camera(), "gigapixels_per_s_bilinear": camera(demosaic="bilinear"),
             "gigapixels_per_s_read_noise_1e": camera(read_noise_e=1.0)}
    for key, profile in cases.items():
        module = CameraModule(profile).to(device)
        module(frames, generator)  # plans and allocates
        seconds, runs = _time(lambda module=module: module(frames, generator), device, options.seconds / len(cases))
        result[key] = round(runs * batch * frame[0].numel() / seconds / 1e9, 4)
    return result


def _time(function, device, limit_s):
    """(seconds, runs) after which the device had done `runs` of them."""
    runs, start = 0, time.perf_counter()
    while (seconds := time.perf_counter() - start) < limit_s:
        for _ in range(10 if device.type == "cuda" else 1):
            function()
            runs += 1
        if device.type == "cuda":
            torch.cuda.synchronize(device)
    return seconds, runs


def _name(device):
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"


if __name__ == "__main__":
    main()
