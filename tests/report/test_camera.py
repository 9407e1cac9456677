from pipeline.report.camera import camera_section, fitted_values
from sensors import CameraProfile
from sensors.isp import Isp
from sensors.noise import Sensor


def test_what_is_as_by_default_is_left_out():
    profile = CameraProfile(sensor=Sensor(read_noise_e=3.25, electrons_at_white=6e3), isp=Isp(gains=(1.5, 1.0, 1.25)))
    ranges = {"isp.gains[2]": [1.0, 1.5], "isp.saturation": [0.5, 1.5]}
    assert fitted_values(profile.to_dict(), ranges) == {
        "sensor.electrons_at_white": 6e3,
        "sensor.read_noise_e": 3.25,
        "isp.gains": [1.5, 1.0, 1.25],
        "isp.gains[2]": 1.25,
        "isp.saturation": 1.0,
    }


def test_every_finding_is_shown_and_escaped():
    page = camera_section({
        "profile": {"sensor": {"read_noise_e": 3.25}},
        "ranges": {"sensor.read_noise_e": [2.0, 4.5]},
        "measured": {"camera": "static", "noise_std_dn": [1.0] * 32, "edges": None},
        "view": {"pitch_deg": 18.0, "unknown": ["focal_px: upright people"]},
        "unknown": ["shutter: <b>"],
    })
    for words in ("3.25", "2 to 4.5", "static", "32 points", "unknown", "18", "focal_px: upright", "&lt;b&gt;"):
        assert words in page


def test_nothing_found():
    assert "<li>" not in camera_section({})
