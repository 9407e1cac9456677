import pytest

from tests import fabricated
from tests.shards.root import Root


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    fabricated.write_inputs(folder, fabricated.tiny_params(train_images=10, test_images=4))
    return folder


@pytest.fixture
def root(inputs, monkeypatch):
    monkeypatch.chdir(inputs)
    return Root(inputs, monkeypatch)
