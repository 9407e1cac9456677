"""Every key of params.yaml says what it does and which values it may have, and says the truth."""

import copy
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipeline.check_params import problems_of
from pipeline.comments import documented
from pipeline.config import load_params, params_and_problems
from pipeline.errors import UserError
from pipeline.explain import explain, readers_of
from pipeline.schema import schema_text
from tests.test_config import MESH, SIGN

REPOSITORY = Path(__file__).parents[1]
TEXT = (REPOSITORY / "params.yaml").read_text(encoding="utf-8")
SHIPPED = yaml.safe_load(TEXT)
SECTIONS = (
    "real", "assets", "scenes", "effects", "synth", "detector", "decoding", "train", "evaluate", "stress", "gate",
    "audit", "search", "curves",
)  # fmt: skip


def comments(text):
    """{dotted key: comment on its line}, read by indentation alone."""
    found, parents = {}, []
    for line in text.splitlines():
        match = re.match(r"( *)(\w+):(.*)", line)
        if match:
            parents[len(match[1]) // 2 :] = [match[2]]
            found[".".join(parents)] = match[3].rpartition("# ")[2] if "# " in match[3] else ""
    return found


def leaves(raw, prefix=""):
    """{dotted key: value} of plain data."""
    for name, value in raw.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def bounds():
    """{dotted key: (low, high)} as the comments state them: [0..1e6 Hz]."""
    stated = {key: re.search(r"\[(\S+?)\.\.([\d.e-]+)[^\]]*\]$", text) for key, text in comments(TEXT).items()}
    return {key: (number(match[1]), number(match[2])) for key, match in stated.items() if match}


def number(text):
    return int(text) if text.lstrip("-").isdigit() else float(text)


def problems_with(key, value):
    """The problems of the shipped parameters with one value changed; of a list, every number of it."""
    raw = copy.deepcopy(SHIPPED)
    *parents, last = key.split(".")
    section = raw
    for name in parents:
        section = section[name]
    old = section[last]
    kind = type(old[0]) if isinstance(old, list) else type(old)
    new = kind(value) if float(value).is_integer() else value
    section[last] = [new] * len(old) if isinstance(old, list) else new
    return [problem for problem in params_and_problems(raw)[1] if problem.startswith(f"{key}: ")]


def test_every_key_and_section_has_a_comment_of_one_line():
    told = comments(TEXT)
    assert [key for key, _ in leaves(SHIPPED) if not told[key]] == []
    assert [section for section in SECTIONS if not told[section]] == []
    assert [line for line in TEXT.splitlines() if len(line) > 120] == []


def test_every_number_states_its_bounds():
    numbers = [
        key for key, value in leaves(SHIPPED)
        if type(value[0] if isinstance(value, list) and value else value) in (int, float)
    ]
    assert len(numbers) > 90 and sorted(numbers) == sorted(bounds())


@pytest.mark.parametrize("key", sorted(bounds()))
def test_the_bounds_that_a_comment_states_are_the_ones_that_hold(key):
    low, high = bounds()[key]
    step = 1 if type(low) is type(high) is int else 1e-6 * max(1, abs(high))
    for inside in (low, high):
        assert not any("out of range" in problem for problem in problems_with(key, inside))
    for outside in (low - step, low - 1, high + step, high * 2 + 1):
        assert any("out of range" in problem for problem in problems_with(key, outside)), outside


def test_the_comments_are_the_ones_that_the_fields_hold():
    assert [" ".join(line.split()) for line in documented(TEXT).split("\n")] == [
        " ".join(line.split()) for line in TEXT.split("\n")
    ], "run `python -m pipeline.config --document`"


@pytest.mark.parametrize("flow", [False, None, True])
def test_lost_comments_come_back_and_values_stay(flow):
    bare = yaml.safe_dump(SHIPPED, sort_keys=False, default_flow_style=flow)
    again = documented(bare)
    assert yaml.safe_load(again) == SHIPPED
    told, shipped = comments(again), comments(TEXT)
    assert flow or told["scenes"] == shipped["scenes"]
    if flow is False:  # one key a line
        assert {key: told[key] for key in bounds()} == {key: shipped[key] for key in bounds()}


def test_the_schema_is_the_one_that_the_fields_hold():
    kept = (REPOSITORY / "pipeline/params.schema.json").read_text(encoding="utf-8")
    assert kept == schema_text(), "run `python -m pipeline.config --schema > pipeline/params.schema.json`"


def command(*words, cwd=REPOSITORY):
    return subprocess.run(
        [sys.executable, "-m", "pipeline.config", *words], cwd=cwd, capture_output=True, text=True,
        env={"PYTHONPATH": str(REPOSITORY), "PATH": "/usr/bin:/bin"},
    )


def test_check_says_in_one_line_that_all_is_well():
    done = command("--check")
    keys = len(list(leaves({**SHIPPED, "rungs": 0}))) - 1  # effects.calibrated has none
    assert (done.returncode, done.stdout) == (0, f"params.yaml: {keys} keys, all sound\n")


def test_check_names_every_problem_of_values_keys_and_files(tmp_path):
    raw = copy.deepcopy(SHIPPED)
    raw["real"] |= {"annotations": "nowhere.json", "test_frames": [245, 789]}
    raw["effects"]["site"]["standing"] = ""
    raw["train"] |= {"crop_px": 100, "steps": 0}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
    done = command("--check", str(tmp_path / "mine.yaml"))
    keys = ["real.annotations", "real.calibration_frames", "real.train_frames", "effects.site.standing",
            "train.crop_px", "train.steps"]  # fmt: skip
    assert done.returncode == 1 and done.stdout == ""
    found = sorted(line.removeprefix(f"{tmp_path / 'mine.yaml'}: ").split(":")[0] for line in done.stderr.splitlines())
    assert found == sorted(keys)


def test_check_of_a_file_that_is_not_there_is_one_line():
    done = command("--check", "nowhere.yaml")
    assert (done.returncode, done.stdout) == (1, "") and done.stderr.startswith("nowhere.yaml: the file is missing")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"video_path": "mine.mp4"}, "real.video_path: expected a file, found none at 'mine.mp4'"),
        ({"package": ""}, "real.package: expected it or video_path, found both empty"),
    ],
)
def test_check_looks_for_the_video(changes, words, tmp_path, monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    raw = copy.deepcopy(SHIPPED)
    raw["real"] |= changes
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    found = problems_of(path)
    assert len(found) == 1 and words in found[0]


def test_check_looks_for_the_files_of_categories(tmp_path, monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    raw = copy.deepcopy(SHIPPED)
    raw["assets"]["categories"] |= {"sign": {**SIGN, "folder": "nowhere"}, "gear": {**MESH, "folder": str(tmp_path)}}
    raw["real"]["backgrounds"] = "not there"
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(raw, sort_keys=False), encoding="utf-8")
    missing = problems_of(path)
    assert [problem.split(": ")[1] for problem in missing] == ["real.backgrounds", "assets.categories.sign.folder"]
    raw["real"]["backgrounds"] = ""
    raw["assets"]["categories"]["sign"]["folder"] = str(tmp_path)
    path.write_text(yaml.safe_dump(raw, sort_keys=False), encoding="utf-8")
    found = problems_of(path)
    assert len(found) == 3 and "expected sign, gear of assets.categories" in found[0]
    assert f"{tmp_path}/sign: expected a folder" in found[1] and f"{tmp_path}/gear: expected a folder" in found[2]


def test_check_reads_the_annotations_and_the_outlines(tmp_path, monkeypatch):
    shutil.copytree(REPOSITORY / "data/real", tmp_path / "data/real")
    shutil.copytree(REPOSITORY / "examples", tmp_path / "examples")
    shutil.copyfile(REPOSITORY / "params.yaml", tmp_path / "params.yaml")
    monkeypatch.chdir(tmp_path)
    assert problems_of("params.yaml") == []
    Path("data/real/pedestrians.json").write_text("{", encoding="utf-8")
    Path("data/real/standing.json").write_text("{}", encoding="utf-8")
    found = problems_of("params.yaml")
    assert {line.split(":")[0] for line in found} == {"data/real/pedestrians.json", "data/real/standing.json"}


def stages_named(text, title):
    line = next((line for line in text.splitlines() if line.startswith(f"  {title}")), "")
    return set(line.removeprefix(f"  {title}").replace(",", "").split())


def test_the_stages_that_read_a_key_are_those_that_dvc_wrote_down():
    stages, lock = (yaml.safe_load((REPOSITORY / name).read_text())["stages"] for name in ("dvc.yaml", "dvc.lock"))
    read = {}
    for stage, entry in lock.items():
        read.setdefault(stage.partition("@")[0], set()).update(entry.get("params", {}).get("params.yaml", {}))
    for key, _ in leaves({**SHIPPED, "rungs": 0}):
        if key != "effects.calibrated":
            expected = {stage for stage, keys in read.items() if any(f"{key}.".startswith(f"{k}.") for k in keys)}
            assert set(readers_of(key, stages)) == expected, key


def test_explain_names_the_stages_below_as_dvc_draws_them(monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    dot = subprocess.run([sys.executable, "-m", "dvc", "dag", "--dot"], capture_output=True, text=True, check=True)
    edges = {(a.partition("@")[0], b.partition("@")[0]) for a, b in re.findall(r'"(\S+)" -> "(\S+)"', dot.stdout)}
    edges = {(a, b) for a, b in edges if ":" not in a + b}  # the opt-in stages of lab/dvc.yaml
    for key in ("assets.categories", "scenes.width_px", "decoding.mirror", "stress.images", "gate.max_gap"):
        first = stages_named(explain(key), "used by")
        below = set(first)
        while more := {b for a, b in edges if a in below} - below:
            below |= more
        assert stages_named(explain(key), "then rerun") == below - first, key


def test_explain_tells_value_unit_range_and_rungs(monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    lines = [" ".join(line.split()) for line in explain("effects.noise.read_noise_e_range").splitlines()]
    value = load_params().effects.noise.read_noise_e_range
    told = {"values 0..1000 e-", "unit e-", f"now [{value[0]}, {value[1]}]", "of rungs noise, calibrated, site"}
    assert told <= {*lines}
    section = explain("effects.noise")
    assert section.count("\n") == 1 + len(SHIPPED["effects"]["noise"])


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("sensor.exposure_us", "effects.motion_blur.exposure_us_range"),
        ("train.step", "train.steps"),
        ("seeds", "train.seeds or stress.seeds"),
        ("efects", "effects"),
        ("", "expected one of seed, ladder"),
    ],
)
def test_explain_names_the_nearest_key(key, near):
    with pytest.raises(UserError, match=f"unknown key; .*{near}"):
        explain(key)


def test_the_command_exits_with_2_for_an_unknown_key():
    done = command("--explain", "sensor.exposure_us")
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1 and "Traceback" not in done.stderr
