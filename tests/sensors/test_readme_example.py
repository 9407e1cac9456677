"""The example of the README, as it stands there, run."""

from pathlib import Path

import numpy as np

from sensors.codec import decode

README = Path(__file__).parents[2] / "README.md"

EXAMPLE = '''
import numpy as np
from sensors import Camera, Rendered
from sensors.isp import linear_from_srgb

camera = Camera.from_profile("dashcam")                    # or the path of your own YAML file
light = linear_from_srgb(picture / 255)                    # (H, W, 3) linear RGB, 1.0 = white
image, jpeg = camera.develop(light, np.random.default_rng([7]))           # one picture: uint8 RGB and its file
video = [camera.develop(frame, np.random.default_rng([7, i]))[0] for i, frame in enumerate(frames)]

class Pan:                                                 # a scene: the picture passes at 400 px/s
    height, width, actor_count = *light.shape[:2], 0
    def max_speed_px_s(self): return 400.0
    def render(self, t_s, rows, cols): return Rendered(np.roll(light, round(400 * t_s), axis=1)[rows, cols].copy(), [])

photo = camera.photograph(Pan(), np.random.default_rng([7]))              # rolling shutter, motion blur, labels
'''


def run(seed=1, height=48, width=64):
    """What the example leaves, given a picture and three frames."""
    rng = np.random.default_rng([seed])
    picture = rng.integers(0, 256, (height, width, 3)).astype(np.uint8)
    names = {"picture": picture, "frames": [np.full((height, width, 3), level) for level in (0.1, 0.2, 0.4)]}
    exec(EXAMPLE, names)
    return names


def test_a_picture_a_video_and_a_scene():
    names = run()
    image, photo = names["image"], names["photo"]
    assert image.shape == (48, 64, 3) and image.dtype == np.uint8
    np.testing.assert_array_equal(decode(names["jpeg"]), image)
    assert [frame.shape for frame in names["video"]] == [image.shape] * 3
    assert np.diff([frame.mean() for frame in names["video"]]).min() > 10  # brighter light, brighter frames
    assert photo.image.shape == image.shape and photo.labels == []
    across = [np.abs(np.diff(each.astype(float), axis=1)).mean() for each in (image, photo.image)]
    assert across[1] < 0.8 * across[0]  # 400 px/s during 10 ms is a blur of 4 px


def test_it_is_the_example_of_the_readme():
    assert EXAMPLE.strip() in README.read_text(encoding="utf-8")


def test_run_again_gives_the_same_bytes():
    first, second = run(), run()
    assert first["jpeg"] == second["jpeg"] and first["photo"].jpeg == second["photo"].jpeg
    for one, other in zip(first["video"], second["video"], strict=True):
        np.testing.assert_array_equal(one, other)
