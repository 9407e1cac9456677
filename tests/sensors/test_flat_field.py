import numpy as np
import pytest

from sensors import Camera, CameraProfile, Cfa, ColourResponse, LightError, Optics, ProfileError, Sensor, Shutter

SENSOR = Sensor(electrons_at_white=2000, full_well_e=8000, read_noise_e=2, dark_current_e_s=500, bit_depth=14,
                black_level_dn=100, dn_per_e=1.5, quantum_efficiency=0.6)
CAMERA = Camera(CameraProfile(shutter=Shutter(exposure_us=20e3), sensor=SENSOR))


def rng():
    return np.random.default_rng([4])


@pytest.mark.parametrize("photons", [0, 5.0, 1000, 30e3])
@pytest.mark.parametrize("exposure_us,dark_e", [(None, 10), (0.0, 0), (1e6, 500)])
def test_the_mean_is_photons_times_efficiency_times_gain(photons, exposure_us, dark_e):
    frame = CAMERA.flat_field(photons, rng(), (200, 300), exposure_us)
    assert frame.dtype == np.uint16 and frame.shape == (200, 300)
    electrons = min(0.6 * photons + dark_e, 8000)
    noise = np.sqrt(electrons + 4) * 1.5 / np.sqrt(frame.size)
    assert frame.mean() == pytest.approx(100 + 1.5 * electrons, abs=5 * noise)


def test_it_is_the_path_of_a_photograph():
    light = np.full((40, 60, 3), 0.3, np.float32)
    frame = CAMERA.flat_field(0.3 * 2000 / 0.6, rng(), (40, 60, 3))
    np.testing.assert_array_equal(frame, CAMERA.raw(light, rng()))


def test_quantum_efficiency_does_not_change_photographs():
    light = np.full((40, 60, 3), 0.3, np.float32)
    whole = Camera(CameraProfile(sensor=Sensor(read_noise_e=2)))
    half = Camera(CameraProfile(sensor=Sensor(read_noise_e=2, quantum_efficiency=0.5)))
    np.testing.assert_array_equal(whole.raw(light, rng()), half.raw(light, rng()))


def test_lens_filter_and_response_stand_before_the_photons_are_counted():
    around = CameraProfile(optics=Optics(vignetting=0.5), response=ColourResponse((0.3, 1, 0.4)), sensor=SENSOR,
                           cfa=Cfa())
    frame = Camera(around).flat_field(500, rng(), (40, 60))
    np.testing.assert_array_equal(frame, Camera(CameraProfile(sensor=SENSOR)).flat_field(500, rng(), (40, 60)))


@pytest.mark.parametrize("photons", [-1, np.nan, np.inf, "many", None, np.ones((4, 4))])
def test_impossible_light(photons):
    with pytest.raises(LightError, match="expected a finite number of photons per pixel from 0 up, found"):
        CAMERA.flat_field(photons, rng(), (4, 4))


def test_impossible_exposure_and_missing_sensor():
    with pytest.raises(ProfileError, match="exposure_us: expected a number from 0"):
        CAMERA.flat_field(0, rng(), (4, 4), exposure_us=-1)
    with pytest.raises(LightError, match="needs a profile with a sensor, found sensor None"):
        Camera(CameraProfile()).flat_field(0, rng(), (4, 4))
