import dataclasses

import numpy as np
import pytest

from pipeline.errors import UserError
from pipeline.scene.camera_draw import fit
from pipeline.scene.crowd import draw_crowd
from pipeline.scene.draw import draw, load_stock
from pipeline.scene.layer import Patch
from pipeline.scene.light import FRONTAL
from pipeline.scene.streams import log_uniform, stream
from sensors import Camera, CameraProfile, Cfa
from sensors.inverse import light_of, unsmooth
from tests import fabricated

ON_PLACES = ("motion_blur", "rolling_shutter", "noise", "calibrated")  # on scenes of `randomized`
PARTS = {
    "composite": set(),
    "randomized": set(),
    "motion_blur": {"shutter"},
    "rolling_shutter": {"shutter"},
    "noise": {"shutter", "optics", "response", "sensor", "cfa", "isp", "codec"},
    "calibrated": {"shutter", "optics", "response", "sensor", "cfa", "isp", "codec"},
    "site": {"shutter", "optics", "response", "sensor", "cfa", "isp", "codec"},
}
SCENES = [("train", 0), ("train", 5), ("test", 2)]


def drawn(rungs, rung, split="train", index=0, **changes):
    recipe = dataclasses.replace(rungs.recipes[rung], **changes)
    return draw(recipe, rungs.stocks[rung], split, index)


def assert_same_scene(ours, theirs):
    np.testing.assert_array_equal(ours.background, theirs.background)
    np.testing.assert_array_equal(ours.background_depth_m, theirs.background_depth_m)
    assert (ours.view, ours.motion, len(ours.layers)) == (theirs.view, theirs.motion, len(theirs.layers))
    for one, other in zip(ours.layers, theirs.layers, strict=True):
        np.testing.assert_array_equal(one.rgba.values, other.rgba.values)
        assert (one.rgba.x0, one.rgba.y0, one.foot_px) == (other.rgba.x0, other.rgba.y0, other.foot_px)
        assert (one.depth_m, one.velocity_px_s) == (other.depth_m, other.velocity_px_s)
        assert one.person == other.person and len(one.shadows) == len(other.shadows)


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("rung", ON_PLACES)
def test_rungs_are_paired(rungs, rung, scene):
    """People, background, light and motion of scene i are those of `randomized`; only the camera differs."""
    assert_same_scene(drawn(rungs, rung, *scene)[0], drawn(rungs, "randomized", *scene)[0])


def test_the_camera_of_a_rung_differs_from_that_of_the_one_before_in_what_it_adds(rungs):
    for scene in SCENES:
        profiles = {rung: drawn(rungs, rung, *scene)[1] for rung in rungs.params.ladder}
        blur, rolling = profiles["motion_blur"].shutter, profiles["rolling_shutter"].shutter
        assert blur.line_readout_us == 0 < rolling.line_readout_us
        assert blur.exposure_us == rolling.exposure_us
        for rung in ("noise", "calibrated", "site"):
            assert profiles[rung].shutter == rolling


def test_the_same_people_are_everywhere_even_where_they_stand_elsewhere(rungs):
    """composite and site put the same crowd (identities, clothes, gaits) on other backgrounds."""
    for split, index in SCENES:
        crowds = []
        for recipe in rungs.recipes.values():
            crowds.append(draw_crowd(stream(recipe.seed, split, index, "crowd"), recipe.scenes))
        for crowd in crowds[1:]:
            for one, other in zip(crowd, crowds[0], strict=True):
                np.testing.assert_array_equal(one.palette, other.palette)
                assert {**vars(one), "palette": 0} == {**vars(other), "palette": 0}


@pytest.mark.parametrize("rung", PARTS)
def test_a_camera_has_exactly_the_parts_that_its_effects_name(rungs, rung):
    for scene in SCENES:
        _, profile = drawn(rungs, rung, *scene)
        assert {name for name, part in vars(profile).items() if part is not None} == PARTS[rung]


@pytest.mark.parametrize("rung", PARTS)
def test_the_same_arguments_give_the_same_picture(rungs, rung):
    photos = []
    for _ in range(2):
        scene, profile = drawn(rungs, rung, "test", 1)
        photos.append(Camera(profile).photograph(scene, np.random.default_rng([3])))
    assert photos[0].jpeg == photos[1].jpeg
    np.testing.assert_array_equal(photos[0].image, photos[1].image)
    assert photos[0].labels == photos[1].labels


def test_scenes_splits_and_seeds_differ(rungs):
    pictures = [
        drawn(rungs, "randomized", split, index, seed=seed)[0]
        for split, index, seed in (("train", 0, 7), ("train", 4, 7), ("test", 0, 7), ("train", 0, 8))
    ]
    renders = [scene.render(0.0, slice(0, 144), slice(0, 192)).light for scene in pictures]
    for i, one in enumerate(renders):
        for other in renders[:i]:
            assert np.abs(one - other).mean() > 0.005


def test_keys_that_the_real_frames_tell_come_from_their_intervals_and_the_others_stay(rungs):
    found = {key: [] for key in fabricated.INTERVALS}
    for index in range(60):
        drawn_, fitted = (drawn(rungs, rung, "train", index)[1].to_dict() for rung in ("noise", "calibrated"))
        for key in set(found) - {"isp.gains[0]"}:
            part, name = key.split(".")
            found[key].append(fitted[part][name])
            drawn_[part][name] = fitted[part][name]
        assert fitted["sensor"]["full_well_e"] == pytest.approx(1.05 * fitted["sensor"]["electrons_at_white"])
        assert fitted["codec"]["subsampling"] == fabricated.FITTED.codec.subsampling
        drawn_["sensor"]["full_well_e"] = fitted["sensor"]["full_well_e"]
        drawn_["codec"]["subsampling"] = fitted["codec"]["subsampling"]
        assert drawn_ == fitted  # nothing else, colour casts included
    for key, values in found.items():
        if values:
            low, high = fabricated.INTERVALS[key]
            assert low <= min(values) < low + 0.2 * (high - low)
            assert high - 0.2 * (high - low) < max(values) <= high


def test_keys_that_stand_in_for_each_other_are_drawn_together(rungs):
    sets = {tuple(values.values()) for values in fabricated.TOGETHER}
    fitted = [drawn(rungs, "calibrated", "train", index)[1] for index in range(60)]
    found = {(profile.isp.sharpening, profile.sensor.electrons_at_white) for profile in fitted}
    assert found <= sets and len(found) > len(sets) // 2


@pytest.mark.parametrize("cfa", [None, Cfa("GBRG")])
def test_the_mosaic_is_that_of_the_real_camera(rungs, cfa):
    profile = drawn(rungs, "noise", "train", 0)[1]
    calibration = {"profile": dataclasses.replace(fabricated.FITTED, cfa=cfa).to_dict(), "ranges": {}, "joint": []}
    assert fit(profile, calibration, np.random.default_rng([1]), {}).cfa == cfa
    bare = dataclasses.replace(profile, sensor=None, cfa=None)
    assert fit(bare, calibration, np.random.default_rng([1]), {}).cfa is None


def test_drawn_cameras_lie_within_their_ranges(rungs):
    effects = rungs.params.effects
    profiles = [drawn(rungs, "noise", "train", index)[1] for index in range(60)]

    def check(values, low_high):
        low, high = low_high
        assert low - 1e-9 <= min(values) and max(values) <= high + 1e-9
        assert max(values) - min(values) > 0.5 * (high - low) * (np.log(high / low) < 2.3 if low > 0 else 1)

    check([p.shutter.exposure_us for p in profiles], effects.motion_blur.exposure_us_range)
    check([p.shutter.line_readout_us for p in profiles], effects.rolling_shutter.line_readout_us_range)
    check([p.optics.psf_sigma_px for p in profiles], effects.optics.psf_sigma_px_range)
    check([p.sensor.electrons_at_white for p in profiles], effects.noise.electrons_at_white_range)
    check([p.sensor.read_noise_e for p in profiles], effects.noise.read_noise_e_range)
    check([p.codec.jpeg_quality for p in profiles], effects.codec.jpeg_quality_range)
    assert {p.shutter.scan_direction for p in profiles} == set(effects.rolling_shutter.scan_directions)
    assert {p.codec.subsampling for p in profiles} == set(effects.codec.subsamplings)
    for p in profiles:  # white balance undoes the illuminant, up to an error
        residual = np.log(np.multiply(p.response.illuminant, p.isp.gains))
        assert np.abs(residual).max() < 5 * effects.isp.white_balance_error_log_sigma


def test_a_stream_is_its_name_and_its_scene():
    draws = {
        (split, index, name): stream(7, split, index, name).integers(2**62)
        for split in ("train", "test") for index in range(20) for name in ("crowd", "light", "motion")
    }  # fmt: skip
    assert len(set(draws.values())) == len(draws)
    assert stream(7, "test", 3, "light").integers(2**62) == draws["test", 3, "light"]


def test_log_uniform_has_as_many_draws_in_every_decade():
    rng = np.random.default_rng([1])
    values = np.array([log_uniform(rng, (1.0, 1000.0)) for _ in range(3000)])
    assert values.min() >= 1 and values.max() <= 1000
    np.testing.assert_allclose(np.histogram(np.log10(values), (0, 1, 2, 3))[0] / 3000, 1 / 3, atol=0.04)


def painted(layer, light):
    """In one brightness, without shadows."""
    values = layer.rgba.values.copy()
    values[..., :3] = light * values[..., 3:]
    return dataclasses.replace(layer, shadows=(), rgba=Patch(values, layer.rgba.x0, layer.rgba.y0))


@pytest.mark.parametrize("rung", ["randomized", "site", "composite"])
def test_boxes_are_where_the_picture_changes_when_a_person_leaves(rungs, rung):
    """The whole chain by an ideal camera on a solid mount: one person white, all else black."""
    checked = 0
    for index in range(8):
        scene, _ = drawn(rungs, rung, "train", index)
        still = dataclasses.replace(scene, motion=type(scene.motion)(), background=0 * scene.background)
        camera, rng = Camera(CameraProfile()), np.random.default_rng([0])
        for label in camera.photograph(still, rng).labels:
            if label.visible_fraction < 0.999:
                continue
            actor = scene.actors[label.actor]
            others = [painted(layer, 0.0) for layer in scene.layers if layer is not actor]
            pictures = [
                camera.photograph(dataclasses.replace(still, layers=tuple(layers)), rng).image.astype(float)
                for layers in (others, [*others, painted(actor, 1.0)])
            ]
            change = np.abs(pictures[1] - pictures[0]).max(axis=2) >= 188  # display value of half the light
            rows, cols = np.flatnonzero(change.any(axis=1)), np.flatnonzero(change.any(axis=0))
            box = cols[0], rows[0], cols[-1] + 1, rows[-1] + 1
            np.testing.assert_allclose(label.box, box, atol=1.01)
            checked += 1
    assert checked >= 8


def test_site_has_no_moving_camera_and_its_plate_in_changing_light(rungs):
    display = rungs.stocks["site"].plate.display
    for index in range(4):
        scene, camera = drawn(rungs, "site", "train", index)
        assert scene.motion.is_still
        # undone with the processing of the very camera that will process it again
        isp = dataclasses.replace(fabricated.FITTED.isp, sharpening=camera.isp.sharpening)
        plate = np.maximum(unsmooth(light_of(display, isp), fabricated.FITTED.optics.psf_sigma_px), 0)
        ratio = scene.background[plate > 0.05] / plate[plate > 0.05]
        low, high = rungs.params.effects.site.light_gain_range
        assert 0.6 * low < ratio.min() and ratio.max() < 1.6 * high


def test_composite_pastes_unshaded_people_on_photographs(rungs):
    scene, _ = drawn(rungs, "composite")
    assert all(layer.person and not layer.shadows for layer in scene.layers)
    assert FRONTAL.shadow_strength == 0


@pytest.mark.parametrize(
    ("rung", "name"), [("site", "calibration/plate.png"), ("noise", "places/index.json")]
)
def test_inputs_that_are_not_those_of_the_recipe_are_refused(rungs, rung, name, tmp_path):
    fabricated.write_inputs(tmp_path, rungs.params)
    folders = fabricated.stock_folders(tmp_path)
    load_stock(rungs.recipes[rung], *folders)  # made the same way, they are the same
    path = tmp_path / "data/out" / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(UserError, match=rf"not what the recipe of rung {rung} names; run `dvc repro`"):
        load_stock(rungs.recipes[rung], *folders)
    path.unlink()
    with pytest.raises(UserError, match="missing"):
        load_stock(rungs.recipes[rung], *folders)


def test_every_rung_loads_only_what_it_uses(rungs):
    for rung, stock in rungs.stocks.items():
        used = {name for name in ("photographs", "bank", "plate") if getattr(stock, name) is not None}
        expected = {"composite": "photographs", "site": "plate"}.get(rung, "bank")
        assert used == {expected}
