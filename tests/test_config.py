import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipeline.config import load_params
from pipeline.errors import UserError

SIGN = {
    "kind": "cutouts", "folder": "own", "count_range": [0, 3], "height_m_range": [0, 0], "height_px_range": [20, 90],
    "speed_m_s_range": [0, 0], "placement": "wall", "chiral": True, "turn_deg_range": [0, 0],
}  # fmt: skip
MESH = {key: value for key, value in SIGN.items() if key != "turn_deg_range"}
MESH |= {"kind": "meshes", "height_m_range": [0.5, 2], "sprites": 50, "up_axis": "z"}
REPOSITORY = Path(__file__).parents[1]
SHIPPED = REPOSITORY / "params.yaml"


def changed(folder, changes=(), text=None):
    """The shipped params.yaml with changes (dotted key, value), in `folder`; a value None deletes its key."""
    raw = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    for keys, value in changes:
        *parents, last = keys.split(".")
        section = raw
        for key in parents:
            section = section[key]
        if value is None:
            del section[last]
        else:
            section[last] = value
    path = folder / "params.yaml"
    path.write_text(yaml.safe_dump(raw, sort_keys=False) if text is None else text, encoding="utf-8")
    return path


def problems_of(path):
    with pytest.raises(UserError) as raised:
        load_params(path)
    lines = str(raised.value).splitlines()
    assert all(line.startswith(f"{path}: ") for line in lines)
    return [line.removeprefix(f"{path}: ") for line in lines]


def test_the_shipped_file_loads_with_the_values_it_has():
    params, raw = load_params(SHIPPED), yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    assert list(params.ladder) == raw["ladder"]
    assert list(params.effects.noise.read_noise_e_range) == raw["effects"]["noise"]["read_noise_e_range"]
    assert {name: list(effects) for name, effects in params.rungs.items()} == raw["rungs"]
    assert all(type(v) is float for v in params.scenes.person_height_px_range)


def test_categories_of_every_kind_are_read_in_their_order(tmp_path):
    none = {"kind": "none", "chiral": True}
    more = [("sign", SIGN), ("gear", MESH), ("ladder", none)]
    changes = [(f"assets.categories.{name}", category) for name, category in more]
    categories = load_params(changed(tmp_path, changes)).assets.categories
    assert [(name, each.kind) for name, each in categories.items()] == [
        ("person", "people"), ("sign", "cutouts"), ("gear", "meshes"), ("ladder", "none"),
    ]  # fmt: skip
    assert categories["sign"].turn_deg_range == (0.0, 0.0) and categories["gear"].up_axis == "z"
    assert [each.chiral for each in categories.values()] == [False, True, True, True]


def test_policies_are_read_and_mirror_nothing_chiral(tmp_path):
    blur = {"name": "blur", "probability": 0.5, "strength": 1}
    steps = [{"name": "vertical_flip", "probability": 1, "strength": 0.5}, blur]
    policy = ("train.policy", [[], steps])
    read = load_params(changed(tmp_path, [policy])).train.policy
    assert [[(step.name, step.probability, step.strength) for step in steps] for steps in read] == [
        [], [("vertical_flip", 1.0, 0.5), ("blur", 0.5, 1.0)],
    ]  # fmt: skip
    found = problems_of(changed(tmp_path, [policy, ("assets.categories.sign", SIGN)]))
    assert len(found) == 1 and found[0].startswith("train.policy[1][0].name: vertical_flip mirrors the image, but the")
    assert found[0].endswith("mirror image of sign is another thing (chiral); remove it")


def test_whole_numbers_are_read_where_a_number_is_wanted(tmp_path):
    changes = [("effects.noise.black_level_dn", 64), ("scenes.pan_deg_s_range", [-2, 3])]
    params = load_params(changed(tmp_path, changes))
    assert params.effects.noise.black_level_dn == 64.0
    assert params.scenes.pan_deg_s_range == (-2.0, 3.0)


ONE_PROBLEM = {
    "unknown key": (
        [("effects.noise.read_noise_e_rang", [1, 2])],
        ["effects.noise.read_noise_e_rang: unknown key", "did you mean effects.noise.read_noise_e_range?"],
    ),
    "unknown section": ([("efects", {})], ["efects: unknown key", "did you mean effects?"]),
    "unlike any key": ([("gate.zzzzzz", 1)], ["gate.zzzzzz: unknown key", "known keys: rung, max_gap"]),
    "missing key": ([("gate.max_gap", None)], ["gate.max_gap: missing", "float between -1.0 and 1.0"]),
    "missing section": ([("train", None)], ["train: missing"]),
    "text for a number": ([("train.batch", "many")], ["train.batch: expected a int, found 'many'"]),
    "fraction for a count": ([("train.batch", 2.5)], ["train.batch: expected a int, found 2.5"]),
    "yes for a number": ([("gate.max_gap", True)], ["gate.max_gap: expected a float, found True"]),
    "number for a text": (
        [("effects.codec.subsamplings", [444])],
        ["effects.codec.subsamplings[0]", "found 444"],
    ),
    "number for a range": (
        [("assets.pitch_deg_range", 3.0)],
        ["assets.pitch_deg_range: expected a list, found 3.0"],
    ),
    "three ends": ([("assets.pitch_deg_range", [1, 2, 3])], ["assets.pitch_deg_range: expected a list of 2"]),
    "list for a section": ([("gate", [1])], ["gate: expected a mapping of keys, found [1]"]),
    "low above high": (
        [("assets.pitch_deg_range", [30, 10])],
        ["assets.pitch_deg_range: low 30.0 is above high 10.0"],
    ),
    "out of bounds": (
        [("evaluate.iou", 1.5)],
        ["evaluate.iou: 1.5 is out of range; expected between 0.05 and 0.95"],
    ),
    "one end out of bounds": (
        [("effects.codec.jpeg_quality_range", [0, 50])],
        ["effects.codec.jpeg_quality_range: 0 is out of range"],
    ),
    "not finite": ([("gate.max_gap", float("inf"))], ["gate.max_gap: expected a finite number, found inf"]),
    "too large for a float": ([("gate.max_gap", 10**400)], ["gate.max_gap: expected a finite number"]),
    "unknown choice": (
        [("effects.rolling_shutter.scan_directions", ["top_to_botom"])],
        ["scan_directions: unknown value 'top_to_botom'", "did you mean top_to_bottom?"],
    ),
    "no choice": ([("effects.codec.subsamplings", [])], ["effects.codec.subsamplings: the list is empty"]),
    "severities in the wrong order": (
        [("stress.jpeg_quality", [10, 50])],
        ["stress.jpeg_quality: expected values that fall, from mild to hard, found [10, 50]"],
    ),
    "a severity twice": ([("stress.motion_blur_px", [4.0, 4.0])], ["motion_blur_px: expected values that grow"]),
    "no severity": ([("stress.electrons_at_white", [])], ["stress.electrons_at_white: the list is empty"]),
    "a camera that does not turn": ([("stress.pan_px_s_range", [0.0, 9.0])], ["pan_px_s_range: 0.0 is out of range"]),
    "strengths in the wrong order": (
        [("audit.strengths", [0.5, 0.1])],
        ["audit.strengths: expected values that grow, from mild to strong, found [0.5, 0.1]"],
    ),
    "no strength": ([("audit.strengths", [])], ["audit.strengths: the list is empty; name at least one strength"]),
    "more seeds than trained": ([("stress.seeds", 3)], ["stress.seeds: 3 is more than train.seeds (2)"]),
    "unknown effect": (
        [("rungs.noise", ["optics", "nose"])],
        ["rungs.noise: unknown effect 'nose'", "did you mean noise?"],
    ),
    "unknown rung": (
        [("ladder", ["composite", "randomised", "site"])],
        ["ladder: rung 'randomised' is not described under rungs", "did you mean randomized?"],
    ),
    "duplicate rung": (
        [("ladder", ["composite", "site", "composite"])],
        ["ladder: rung 'composite' is named twice"],
    ),
    "bad rung name": (
        [("rungs.very-noisy", ["noise"])],
        ["rungs.very-noisy: a rung's name is made of letters"],
    ),
    "reserved rung name": (
        [("rungs.real_only", ["noise"])],
        ["rungs.real_only: a rung's name", "is not real_only"],
    ),
    "gate off the ladder": (
        [("gate.rung", "fog")],
        ["gate.rung: 'fog' is not on the ladder; expected one of composite,"],
    ),
    "empty ladder": ([("ladder", [])], ["ladder: the list is empty"]),
    "kind that is none": (
        [("assets.categories.person.kind", "robots")],
        ["assets.categories.person: expected a mapping with the key kind, one of people, cutouts, meshes, none"],
    ),
    "no kind": ([("assets.categories.person.kind", None)], ["assets.categories.person", "with the key kind"]),
    "key of another kind": (
        [("assets.categories.person.chiral", True)],
        ["assets.categories.person.chiral: unknown key"],
    ),
    "missing key of a kind": ([("assets.categories.person.sprites", None)], ["person.sprites: missing"]),
    "no category": ([("assets.categories", {})], ["assets.categories: the mapping is empty"]),
    "category that is no folder": (
        [("assets.categories.a/b", {"kind": "none", "chiral": False})],
        ["assets.categories.a/b: a category's name is made of"],
    ),
    "unknown placement": ([("assets.categories.gear", MESH | {"placement": "air"})], ["gear.placement", "'air'"]),
    "turned on its back": (
        [("assets.categories.sign", SIGN | {"turn_deg_range": [-95, 80]})],
        ["sign.turn_deg_range: -95.0 is out of range"],
    ),
    "mesh of unknown size": (
        [("assets.categories.gear", MESH | {"height_m_range": [0, 0]})],
        ["assets.categories.gear.height_m_range: expected heights above 0", "only of cutouts"],
    ),
    "size from nothing": (
        [("assets.categories.sign", SIGN | {"height_m_range": [0, 2]})],
        ["assets.categories.sign.height_m_range: expected heights above 0, found [0.0, 2.0]"],
    ),
    "two crowds": (
        [("assets.categories.child", {"kind": "people", "sprites": 8})],
        ["assets.categories: person and child are of kind people; keep one of them"],
    ),
    "unknown augmentation": (
        [("train.policy", [[{"name": "rotat", "probability": 1.0, "strength": 0.5}]])],
        ["train.policy[0][0].name: unknown value 'rotat'; expected one of flip,", "did you mean rotate?"],
    ),
    "augmentation too strong": (
        [("train.policy", [[], [{"name": "blur", "probability": 1, "strength": 1.5}]])],
        ["train.policy[1][0].strength: 1.5 is out of range; expected between 0.0 and 1.0"],
    ),
    "augmentation without strength": (
        [("train.policy", [[{"name": "blur", "probability": 1.0}]])],
        ["train.policy[0][0].strength: missing"],
    ),
    "sub-policy that is no list": (
        [("train.policy", [{"name": "blur", "probability": 1.0, "strength": 1.0}])],
        ["train.policy[0]: expected a list, found {'name': 'blur'"],
    ),
    "no background": ([("ladder", ["noise", "site"])], ["rungs.noise: the first rung needs a background"]),
}


@pytest.mark.parametrize("name", ONE_PROBLEM)
def test_a_problem_is_named_with_its_key_and_its_fix(name, tmp_path):
    changes, words = ONE_PROBLEM[name]
    found = problems_of(changed(tmp_path, changes))
    assert len(found) == 1, found
    assert all(word in found[0] for word in words), found[0]


def test_every_problem_of_a_file_is_reported_at_once(tmp_path):
    hiding_others = ("list for a section", "missing section", "empty ladder", "no background", "no category",
                     "no kind", "kind that is none", "missing key of a kind", "key of another kind",
                     "unknown placement", "turned on its back")  # fmt: skip
    names = [name for name in ONE_PROBLEM if name not in hiding_others]
    # the last of those that change the same key
    latest = {keys: (name, value) for name in names for keys, value in ONE_PROBLEM[name][0]}
    found = "\n".join(problems_of(changed(tmp_path, [(keys, value) for keys, (_, value) in latest.items()])))
    for name in {name for name, _ in latest.values()}:
        assert all(word in found for word in ONE_PROBLEM[name][1]), (name, found)


@pytest.mark.parametrize("text", ["seed: [1,", "a: b: c", "\x00", "- just\n- a list", "", "seed", "42"])
def test_what_is_no_mapping_is_one_sentence(text, tmp_path):
    assert len(problems_of(changed(tmp_path, text=text))) == 1


def test_a_key_written_twice_is_refused(tmp_path):
    text = (REPOSITORY / "params.yaml").read_text(encoding="utf-8")
    path = tmp_path / "params.yaml"
    path.write_text(text + "seed: 8\n", encoding="utf-8")
    lines = len(text.splitlines())
    with pytest.raises(UserError, match=f"key 'seed' is written twice; remove line {lines + 1}$"):
        load_params(path)


def test_a_file_that_is_not_utf_8_is_one_sentence(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_bytes(b"seed: \xff\xfe")
    assert "not valid YAML" in problems_of(path)[0]


def test_a_missing_file_says_where_to_stand(tmp_path):
    with pytest.raises(UserError, match="the file is missing; run the command in the folder"):
        load_params(tmp_path / "params.yaml")


@pytest.mark.parametrize("name", ["unknown key", "unknown effect", "low above high"])
def test_a_stage_says_so_and_writes_nothing(name, tmp_path):
    changed(tmp_path, ONE_PROBLEM[name][0])
    command = [sys.executable, "-m", "pipeline.stages.recipes"]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    stage = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert stage.returncode == 2
    assert stage.stdout == "" and len(stage.stderr.splitlines()) == 1
    assert all(word in stage.stderr for word in ONE_PROBLEM[name][1])
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"params.yaml", "data/out/locks/recipes.lock"}


def test_code_of_an_own_detector_that_dvc_does_not_watch_is_named(tmp_path, monkeypatch):
    for name in ("mine/train.py", "mine/ask.py", "tool.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    monkeypatch.chdir(tmp_path)
    detector = {
        "detector.kind": "command",
        "detector.train_command": "python mine/train.py {train_annotations} {model}",
        "detector.predict_command": "python mine/ask.py {model} {images} {output} --with other.py",
        "detector.code": "mine",
    }
    assert load_params(changed(tmp_path, detector.items())).detector.code == "mine"
    (line,) = problems_of(changed(tmp_path, (detector | {"detector.code": "mine/train.py"}).items()))
    assert line.startswith("detector.code: expected a file or folder that holds mine/ask.py, which predict_command")
    with_tool = detector | {"detector.train_command": "python tool.py --of mine/train.py {train_annotations} {model}"}
    assert "holds tool.py, which train_command runs" in problems_of(changed(tmp_path, with_tool.items()))[0]
    builtin = with_tool | {"detector.kind": "builtin"}
    load_params(changed(tmp_path, builtin.items()))
