"""The commands of docs/remote.md, in order, against an S3 server in this process: they print what stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests import fabricated
from tests.tiny_experiment import Experiment, merge, stages_in

pytest.importorskip("webdataset")
pytest.importorskip("dvc_s3")
s3fs = pytest.importorskip("s3fs")
moto_server = pytest.importorskip("moto.server")

CHAPTER = (fabricated.REPOSITORY / "docs/remote.md").read_text(encoding="utf-8")
END = "=== exit code "


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", CHAPTER, re.MULTILINE | re.DOTALL)


def commands():
    """[command, the lines that stand below it] of all console blocks, in order."""
    found = []
    for line in "".join(blocks("console")).splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def tidy(lines):
    """Without what DVC pads with: space at the ends of lines, more than one space or rule, empty lines."""
    lines = [re.sub(r"--+", "--", re.sub(r"\s+", " ", line)).strip() for line in lines]
    return "\n".join(line for line in lines if line)


def pattern(lines):
    """What the lines of the chapter stand for; `...` is any text."""
    return ".*".join(re.escape(part) for part in tidy(lines).split("..."))


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """Of the commands: a bucket, its rights, and a name to commit under."""
    running = moto_server.ThreadedMotoServer(port=0)
    running.start()
    host, port = running.get_host_and_port()
    settings = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": "us-east-1", "DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(tmp_path / "site"),
        "GIT_AUTHOR_NAME": "Nobody", "GIT_AUTHOR_EMAIL": "nobody@example.org", "GIT_COMMITTER_NAME": "Nobody",
        "GIT_COMMITTER_EMAIL": "nobody@example.org",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }  # fmt: skip
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    s3fs.S3FileSystem.clear_instance_cache()
    s3fs.S3FileSystem().mkdir("my-bucket")
    yield
    for folder in ("first", "colleague"):
        subprocess.run([sys.executable, "-m", "dvc", "queue", "stop", "--kill"], cwd=tmp_path / folder, check=False)
    running.stop()
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture
def first(tmp_path, environment):
    """A tiny experiment with a video of its own in data/own, a laboratory that never ran, and a git remote."""
    root = tmp_path / "first"
    root.mkdir()
    experiment = Experiment(root)
    lab = root / "lab"
    lab.mkdir()
    for name in ("dvc.yaml", "dvc.lock"):
        (lab / name).write_bytes((fabricated.REPOSITORY / "lab" / name).read_bytes())
    (root / "walkers.avi").rename(root / "data/own/walkers.avi")
    for text in blocks("yaml"):
        merge(experiment.params, yaml.safe_load(text))
    experiment.write_params(experiment.params)
    experiment.dvc("add", "data/own/walkers.avi")
    experiment.dvc("commit", "--force", "assets")  # it depends on data/own
    for line in ("init --quiet --bare --initial-branch=main ../hub.git", f"remote add origin {root.parent}/hub.git",
                 "symbolic-ref HEAD refs/heads/main"):  # fmt: skip
        subprocess.run(["git", *line.split()], cwd=root, check=True)
    return root


def test_every_command_of_the_chapter_prints_what_stands_there(first):
    chapter = commands()
    script = "".join(f"{command}\ncode=$?; echo; echo '{END}'$code; [ $code = 0 ] || exit\n" for command, _ in chapter)
    done = subprocess.run(
        ["bash", "-c", script], cwd=first, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    (first.parent / "said.txt").write_text(done.stdout, encoding="utf-8")
    said = re.split(rf"^{END}(\d+)\n", done.stdout, flags=re.MULTILINE)
    outputs, codes = said[:-1:2], said[1::2]
    assert outputs and set(codes) == {"0"}, f"{chapter[len(codes) - 1][0]}\n{outputs[-1][-3000:]}"
    for (command, expected), output in zip(chapter, outputs, strict=True):
        found = tidy(output.splitlines())
        if expected or command.startswith("git status"):
            assert re.fullmatch(pattern(expected), found, re.DOTALL), f"{command}\n{found}\n--- expected\n{expected}"
    ran = [(command, stages_in(output)) for (command, _), output in zip(chapter, outputs, strict=True)]
    repros = [stages for command, stages in ran if command.startswith("dvc repro")]
    assert "gap" in repros[0]  # the first machine
    assert repros[1] == repros[4] == set()  # the colleague: of the experiment, of the queued one
    assert repros[2] == {"train@noise"} and repros[3] == set()  # trained by one machine, not by the other
    queued = dict(ran)["dvc queue logs no_mirror"]
    assert "evaluate@noise" in queued and not [stage for stage in queued if stage.startswith(("synth", "train"))]
