import json

import numpy as np
import pytest
import yaml

from sensors import Camera, CameraProfile, ProfileError, load_profile, shipped_profiles
from sensors.profile_file import SHIPPED
from tests.reference.moving_scene import Disc, MovingScene

SCENE = MovingScene((Disc(40, 30, 6, 12, 300, 50),), pan_x=100)


def test_five_cameras_are_shipped():
    assert {"phone", "dashcam", "industrial", "low_light", "hdr"} <= set(shipped_profiles())


@pytest.mark.parametrize("name", shipped_profiles())
def test_every_shipped_camera_photographs_and_round_trips(name):
    camera = Camera.from_profile(name)
    photo = camera.photograph(SCENE, np.random.default_rng([1]))
    assert photo.image.shape == (64, 96, 3) and photo.image.dtype == np.uint8 and len(photo.labels) == 1
    assert 20 < photo.image.mean() < 235 and photo.image.std() > 5
    profile = camera.profile
    assert CameraProfile.from_dict(json.loads(json.dumps(profile.to_dict()))) == profile
    assert CameraProfile.from_dict(yaml.safe_load(yaml.safe_dump(profile.to_dict()))) == profile


@pytest.mark.parametrize("name", shipped_profiles())
def test_white_balance_of_the_shipped_cameras_keeps_grey_grey(name):
    image, _ = Camera.from_profile(name).develop(np.full((64, 64, 3), 0.2, np.float32), np.random.default_rng([2]))
    red, green, blue = image[16:-16, 16:-16].mean(axis=(0, 1))
    assert abs(red - green) < 2 and abs(blue - green) < 2


@pytest.mark.parametrize("name", shipped_profiles())
def test_every_number_names_its_source(name):
    lines = (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    for line in lines[lines.index("sensor:") + 1 :]:
        if not line.startswith(" "):
            break
        assert "#" in line, line


def test_a_file_of_ones_own(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("sensor: {read_noise_e: 3.5}\ncfa: {pattern: GBRG}\n", encoding="utf-8")
    assert Camera.from_profile(path).profile.sensor.read_noise_e == 3.5
    assert load_profile(str(path)).cfa.pattern == "GBRG"


@pytest.mark.parametrize("name,message", [
    ("phon", "expected one of dashcam, .* path that ends in .yaml; found 'phon'; did you mean phone"),
    ("toaster", "found 'toaster'$"),
    ("nowhere.yaml", "nowhere.yaml: expected a YAML file that can be read, found: .*No such file"),
])
def test_unknown_names(name, message):
    with pytest.raises(ProfileError, match=message):
        Camera.from_profile(name)


@pytest.mark.parametrize("text,message", [
    ("sensor: {read_noise: 3}", "mine.yaml: camera profile, sensor.read_noise: unknown key.*did you mean read_noise_e"),
    ("sensor: {full_well_e: 0}", "sensor.full_well_e: expected a number from 1 to .*, found 0"),
    ("sensor: {full_well_e: 4e4}", "expected a number from 1 to .*, found '4e4'"),
    ("sensor: [1, 2", "mine.yaml: expected a YAML file that can be read"),
    ("sensor: 2001-00-01", "mine.yaml: expected a YAML file that can be read"),
    ("- phone", "mine.yaml: camera profile, whole: expected a mapping"),
    ("shutter: {exposure_us: 40000, frame_period_us: 33333}", "shutter.exposure_us: expected at most frame_period_us"),
])
def test_files_that_no_camera_can_have(tmp_path, text, message):
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError, match=message):
        load_profile(path)
