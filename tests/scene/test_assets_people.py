"""The crowd: bodies, clothes, sprites and the atlas. One load of the body model serves all tests."""

import hashlib
from dataclasses import replace

import cv2
import numpy as np
import pytest

from pipeline.errors import DataError
from pipeline.params import AssetParams
from pipeline.scene.atlas import REGIONS, Atlas
from pipeline.scene.body import load_body, phenotype_weights
from pipeline.scene.gait import bone_rotations, rotation, walking
from pipeline.scene.people import make_mesh, sample_person, shape_of_stature
from pipeline.scene.sprite import render_sprite
from pipeline.scene.wardrobe import Outfit, Wardrobe
from pipeline.stages.assets import make_atlas

PEOPLE = 24
PARAMS = AssetParams(160, (0.0, 35.0), {})
AVERAGE = {"gender": 0.3, "age": 0.7, "muscle": 0.5, "weight": 0.4, "height": 0.5, "proportions": 0.2}


@pytest.fixture(scope="module")
def wardrobe():
    return Wardrobe(load_body())


@pytest.fixture(scope="module")
def atlas(wardrobe):
    return make_atlas(wardrobe, PEOPLE, PARAMS, seed=5, workers=1)


def person(identity=0, **outfit):
    drawn = sample_person(np.random.default_rng(identity), identity)
    return replace(drawn, outfit=Outfit(**outfit), pose=walking(0.15, 1, 18, 20, 3, 6))


def test_phenotype_weights_are_those_of_anny():
    torch = pytest.importorskip("torch")
    from anny.models.model_data import PHENOTYPE_LABELS, PHENOTYPE_VARIATIONS
    from anny.models.phenotype import make_phenotype_anchors, phenotype_blendshape_weights

    races = (0.2, 0.5, 0.3)
    ours = phenotype_weights(AVERAGE, races)
    values = {
        **dict.fromkeys(PHENOTYPE_LABELS, 0.5),
        **AVERAGE,
        **dict(zip(("african", "asian", "caucasian"), races, strict=True)),
    }
    labels = [label for group in PHENOTYPE_VARIATIONS.values() for label in group]
    theirs = phenotype_blendshape_weights(
        torch.tensor([[values[label] for label in PHENOTYPE_LABELS]], dtype=torch.float64),
        PHENOTYPE_LABELS,
        make_phenotype_anchors(torch.float64),
        torch.eye(len(labels), dtype=torch.float64),
        extrapolate=False,
    )[0].numpy()
    for label, weight in ours.items():
        assert weight == pytest.approx(theirs[labels.index(label)], abs=1e-9), label


def test_shape_is_linear_blending_of_targets(wardrobe):
    body = wardrobe.body
    weights = phenotype_weights(AVERAGE, (1 / 3, 1 / 3, 1 / 3))
    coefficients = np.array([np.prod([weights[label] for label in labels]) for labels in body.target_labels])
    expected = body.template + np.tensordot(coefficients, body.targets.astype(np.float64), 1)
    np.testing.assert_allclose(body.shape(AVERAGE), expected, atol=1e-5)


def test_body_is_as_tall_as_asked(wardrobe):
    for k in range(8):
        drawn = sample_person(np.random.default_rng(k), k)
        skin = shape_of_stature(wardrobe.body, drawn)[np.unique(wardrobe.body.faces["body"])]
        assert np.ptp(skin[:, 2]) == pytest.approx(drawn.stature_m, abs=2e-3)


def test_skinning_without_rotation_changes_nothing_and_a_turned_root_turns_everything(wardrobe):
    body, every = wardrobe.body, np.arange(len(wardrobe.body.template))
    rest = body.shape(AVERAGE)
    np.testing.assert_allclose(body.skin(rest, every, body.bone_transforms(rest, {})), rest, atol=1e-5)
    turn = rotation((0, 0, 1), 90)
    turned = body.skin(rest, every, body.bone_transforms(rest, {"root": turn}))
    root = body.joints(rest)[0]
    np.testing.assert_allclose(turned, (rest - root) @ turn.T + root, atol=1e-5)


def test_a_walker_swings_each_arm_with_the_other_leg_and_keeps_the_arms_down(wardrobe):
    body = wardrobe.body
    rest = body.shape(AVERAGE)
    transforms = body.bone_transforms(rest, bone_rotations(walking(0.0, 1, 22, 20, 0, 6)))
    at = dict(zip(body.bones, body.posed_joints(rest, transforms), strict=True))
    assert at["foot.L"][1] < at["foot.R"][1] - 0.4  # left heel strikes in front (the person faces -y)
    assert at["wrist.L"][1] > at["wrist.R"][1] + 0.1
    for side in "LR":
        assert at[f"wrist.{side}"][2] < at[f"lowerarm01.{side}"][2] < at[f"upperarm01.{side}"][2] - 0.2


def test_feet_stand_on_the_ground_below_the_sprite(wardrobe):
    someone = person()
    mesh = make_mesh(wardrobe, someone, np.random.default_rng(0))
    assert mesh.vertices.dtype == np.float32 and mesh.vertices[:, 2].min() == 0
    sprite = render_sprite(mesh, someone, 40, 0, 192)
    assert sprite.foot_xy[1] == pytest.approx(sprite.alpha.shape[0], abs=1)
    assert sprite.alpha.shape[0] == pytest.approx(sprite.stature_m * sprite.px_per_m, abs=1.5)
    assert 0 < sprite.foot_xy[0] < sprite.alpha.shape[1]


def test_yaw_90_walks_to_the_right(wardrobe):
    someone = person(hat="cap")
    mesh = make_mesh(wardrobe, someone, np.random.default_rng(0))
    seen = render_sprite(mesh, someone, 90, 0, 192)
    _, shoe_columns = np.nonzero(seen.region == REGIONS.index("shoes"))
    _, hair_columns = np.nonzero(seen.region == REGIONS.index("hair"))
    _, skin_columns = np.nonzero(seen.region[:40] == REGIONS.index("skin"))
    assert skin_columns.mean() > hair_columns.mean()  # the face looks where the walk goes
    assert np.ptp(shoe_columns) > 0.5 * seen.px_per_m  # a step


def test_sprites_are_tight_and_their_parts_agree(atlas):
    for sprite in (atlas[i] for i in range(len(atlas))):
        covered = sprite.alpha > 0
        assert covered[0].any() and covered[-1].any() and covered[:, 0].any() and covered[:, -1].any()
        np.testing.assert_array_equal(sprite.region > 0, covered)
        length = np.linalg.norm(sprite.normal[covered].astype(float), axis=1) / 127
        assert np.abs(length - 1).max() < 0.02
        assert sprite.alpha.shape[0] >= 159
        assert sprite.regions == tuple(REGIONS[i] for i in np.unique(sprite.region) if i)
        assert ((sprite.alpha > 0) & (sprite.alpha < 255)).any()  # anti-aliased


def test_clothes_have_no_pin_holes(atlas):
    """A few uncovered pixels with one garment all around are a hole; gaps at limbs touch two things."""
    cloth = [REGIONS.index(name) for name in ("top", "coat", "trousers", "skirt")]
    for sprite in (atlas[i] for i in range(len(atlas))):
        gaps = np.pad(sprite.alpha < 255, 2, constant_values=True).astype(np.uint8)
        region = np.pad(sprite.region, 2)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(gaps, connectivity=8)
        for k in range(1, count):
            if stats[k, cv2.CC_STAT_AREA] > 4:
                continue
            gap = (labels == k).astype(np.uint8)
            around = np.unique(region[(cv2.dilate(gap, np.ones((5, 5), np.uint8)) > 0) & (gap == 0)])
            assert not (len(around) == 1 and around[0] in cloth), (sprite.person, stats[k])


def test_every_region_occurs(wardrobe):
    seen = set()
    for outfit in (
        dict(bottom="skirt", bottom_hem=1.1, coat_hem=0.1, coat_open=0.5, hat="brim", bags=("backpack",)),
        dict(),
    ):
        someone = person(**outfit)
        mesh = make_mesh(wardrobe, someone, np.random.default_rng(0))
        seen |= set(render_sprite(mesh, someone, 25, 10, 160).regions)
    assert seen == set(REGIONS[1:])


def test_any_number_of_workers_gives_the_same_bytes(wardrobe, tmp_path):
    digests = set()
    for workers in (1, 2):
        make_atlas(wardrobe, 8, PARAMS, seed=5, workers=workers).save(tmp_path / str(workers))
        files = sorted((tmp_path / str(workers)).iterdir())
        digests.add(hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest())
    assert len(digests) == 1


def test_atlas_round_trip(atlas, tmp_path):
    atlas.save(tmp_path)
    again = Atlas.load(tmp_path)
    assert again.meta == atlas.meta and len(again) == PEOPLE
    for i in (0, 7, 23):
        for name in ("alpha", "region", "normal"):
            np.testing.assert_array_equal(getattr(again[i], name), getattr(atlas[i], name))


def test_missing_or_foreign_atlas_is_said_plainly(tmp_path, atlas):
    with pytest.raises(DataError, match="run the stage assets"):
        Atlas.load(tmp_path)
    atlas.save(tmp_path)
    text = (tmp_path / "atlas.json").read_text().replace('"hair"', '"fur"')
    (tmp_path / "atlas.json").write_text(text)
    with pytest.raises(DataError, match="fur"):
        Atlas.load(tmp_path)
