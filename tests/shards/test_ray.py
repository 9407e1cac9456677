"""Same bytes as one process makes, on Ray of this machine and on clusters of several nodes, also when a node dies."""

import re
import time

import pytest

from tests import fabricated
from tests.shards.root import Root
from tests.stages.test_synth import digests

ray = pytest.importorskip("ray")
from ray.cluster_utils import Cluster  # noqa: E402

MEMORY = 80 * 1024 * 1024  # bytes of a node's object store, the least that Ray takes


@pytest.fixture
def cluster():
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": MEMORY})
    yield made
    made.shutdown()


def add_node(cluster):
    return cluster.add_node(num_cpus=1, object_store_memory=MEMORY)


def finished_shards(root):
    return list((root.folder / "data/out/progress").glob("synth-noise-*/*/shards/0*.sha256"))


def wait_for_shards(process, root, count):
    deadline = time.monotonic() + 200
    while len(finished_shards(root)) < count:
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()
        time.sleep(0.02)


def test_ray_of_this_machine_makes_the_same_bytes(root):
    wanted = root.run("noise")
    code, out, error = root.set(backend="ray").finish("noise")
    assert code == 0, error
    assert digests(root.set_of("noise")) == wanted
    assert '"backend": "ray"' in (root.folder / "data/out/durations/shards-noise.json").read_text()


def test_two_nodes_make_the_same_bytes(root, cluster):
    wanted = root.run("noise")
    add_node(cluster)
    add_node(cluster)
    code, out, error = root.set(backend="ray", ray_address=cluster.address).finish("noise")
    assert code == 0, error
    assert digests(root.set_of("noise")) == wanted


@pytest.mark.parametrize("others", [0, 1])
def test_shards_of_a_node_that_dies_are_made_by_another(others, tmp_path, cluster, monkeypatch):
    fabricated.write_inputs(tmp_path, fabricated.tiny_params(train_images=120, test_images=4))
    monkeypatch.chdir(tmp_path)
    root = Root(tmp_path, monkeypatch)
    wanted = root.run("noise")
    dying = [add_node(cluster) for _ in range(1 + others)][0]  # without others, all that is being made is there
    process = root.set(backend="ray", ray_address=cluster.address).start("noise")
    wait_for_shards(process, root, 3)
    cluster.remove_node(dying, allow_graceful=False)
    before = len(finished_shards(root))
    assert before < 42 and process.poll() is None
    add_node(cluster)
    out, error = process.communicate(timeout=300)
    assert process.returncode == 0, error
    assert digests(root.set_of("noise")) == wanted


def test_what_goes_wrong_on_a_node_is_one_sentence(root):
    recipe = root.folder / "data/out/recipes/site.json"
    shipped = recipe.read_text()
    recipe.write_text(re.sub(r'"plate_sha256": "\w+"', f'"plate_sha256": "{"0" * 64}"', shipped))
    code, out, error = root.set(backend="ray").finish("site")
    recipe.write_text(shipped)
    assert code == 2 and len(error.splitlines()) == 1, error
    assert "plate.png: missing, or not what the recipe of rung site names" in error


@pytest.mark.parametrize("address", ["127.0.0.1:1", "somewhere"])
def test_nobody_at_the_address(address, root):
    code, out, error = root.set(backend="ray", ray_address=address).finish("noise")
    assert code == 2 and len(error.splitlines()) == 1, error
    assert "synth.ray_address: expected a Ray cluster of version" in error and address in error
