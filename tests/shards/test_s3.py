"""Training shards on object storage: an S3 server in this process, the stage in one of its own."""

import json
import re
import urllib.request

import pytest

from pipeline.errors import UserError
from pipeline.shards.cost import images_and_bytes
from pipeline.shards.pack import pack_folder
from pipeline.shards.store import Store
from tests.stages.test_synth import digests

pytest.importorskip("webdataset")
s3fs = pytest.importorskip("s3fs")
moto_server = pytest.importorskip("moto.server")


@pytest.fixture
def server(root, monkeypatch):
    """The root, set to shards in the bucket `scenes` of a server that is empty."""
    running = moto_server.ThreadedMotoServer(port=0)
    running.start()
    host, port = running.get_host_and_port()
    settings = {"AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any",
                "AWS_DEFAULT_REGION": "us-east-1"}  # fmt: skip
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    urllib.request.urlopen(f"http://{host}:{port}/moto-api/reset", b"").close()  # of tests before
    s3fs.S3FileSystem.clear_instance_cache()
    s3fs.S3FileSystem().mkdir("scenes")
    yield root.set(format="webdataset", output="s3://scenes/mine")
    running.stop()
    s3fs.S3FileSystem.clear_instance_cache()


def objects():
    """{path: content} of the bucket."""
    system = s3fs.S3FileSystem(use_listings_cache=False)
    system.invalidate_cache()
    return {path: system.cat_file(path) for path in system.find("scenes") if not path.endswith("writable")}


def test_shards_on_s3_are_those_of_a_local_set_and_train_the_same(root, server, tmp_path):
    root.set(format="webdataset").run("noise")
    local = root.set_of("noise")
    wanted = {str(path.relative_to(local)): path.read_bytes() for path in local.glob("train/shards/*")}
    pixels = pack_folder(local / "train", 0.5, tmp_path / "local.bin").path.read_bytes()
    size = images_and_bytes(local / "train")[0], sum(map(len, wanted.values()))
    test = digests(local / "test")

    root.set(format="webdataset", output="s3://scenes/mine")
    code, out, error = root.finish("noise")
    assert code == 0, error
    found = {re.sub("^scenes/mine/noise-[0-9a-f]{16}/", "", path): content for path, content in objects().items()}
    assert found == wanted and len(found) == 3 * 4
    assert sorted(path.name for path in (local / "train").iterdir()) == ["index.json"]
    assert digests(local / "test") == test
    assert pack_folder(local / "train", 0.5, tmp_path / "s3.bin").path.read_bytes() == pixels
    assert images_and_bytes(local / "train") == size


def test_only_missing_and_damaged_shards_are_made_again(root, server):
    assert root.finish("noise")[0] == 0
    before = objects()
    index = (root.set_of("noise") / "train/index.json").read_bytes()
    tars = sorted(path for path in before if path.endswith(".tar"))
    system = s3fs.S3FileSystem()
    system.pipe_file(tars[1], before[tars[1]][:-1] + b"x")  # damaged
    system.rm(tars[2].replace(".tar", ".sha256"))  # not finished
    code, out, error = root.finish("noise")
    assert code == 0 and objects() == before
    assert "2 of 6 shards were finished before and are kept" in out  # the two of the test split were moved away
    warnings = [line for line in error.splitlines() if "warning" in line]
    assert len(warnings) == 1 and "train/shards/00001.tar is not what its checksum says" in warnings[0]
    assert (root.set_of("noise") / "train/index.json").read_bytes() == index
    told = json.loads((root.folder / "data/out/durations/shards-noise.json").read_text())
    assert told["shards"] == 4


def test_other_parameters_leave_the_shards_of_before_alone(root, server):
    assert root.finish("noise")[0] == 0
    before = objects()
    root.set(format="webdataset", output="s3://scenes/mine", shard_scenes=4)
    assert root.finish("noise")[0] == 0
    after = objects()
    assert before.items() < after.items() and len(after) == len(before) + 3 * 3


def test_a_bucket_that_is_not_there_is_one_sentence(root, server):
    root.set(format="webdataset", output="s3://nowhere/mine")
    code, _, error = root.finish("composite")
    assert code == 2 and len(error.splitlines()) == 1, error
    assert "s3://nowhere/mine/composite-" in error and "expected to write there, found " in error


def test_a_server_that_does_not_answer_is_one_sentence(server, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(UserError, match="s3://scenes/x: expected to write there, found "):
        Store("s3://scenes").write("x", b"")
