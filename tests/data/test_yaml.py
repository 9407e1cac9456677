"""YAML that is no plain data, or too much of it, is refused in one line."""

import pytest

from pipeline.data.yolo_names import read_names
from pipeline.errors import DataError, UserError
from pipeline.yaml_file import plain_data, read_yaml

BOMB = "\n".join(["a0: &a0 x", *(f"a{i + 1}: &a{i + 1} [{', '.join([f'*a{i}'] * 10)}]" for i in range(12))])
REFUSED = [
    "2001-13-01", "!!int ''", "!!bool maybe", "!!map [1]", "[" * 5000, "!!python/object/apply:os.system [true]",
    "? [a]\n: b", "a: b: c", "&a [*a]", "names: &n {0: *n}", BOMB,
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_it_is_refused_in_one_line(tmp_path, text):
    path = tmp_path / "data.yaml"
    path.write_text(text)
    for read, kind in ((read_yaml, UserError), (read_names, DataError)):
        with pytest.raises(kind, match="data.yaml: ") as raised:
            read(path)
        assert "\n" not in str(raised.value) and len(str(raised.value)) < 1000


def test_aliases_are_read_as_what_they_stand_for():
    assert plain_data("a: &a [1, 2]\nb: [*a, *a]") == {"a": [1, 2], "b": [[1, 2], [1, 2]]}


def test_a_key_that_json_does_not_know_is_shown(tmp_path):
    (tmp_path / "data.yaml").write_text("names: {2001-01-01: a}")
    with pytest.raises(DataError, match="names: expected .* found .*2001"):
        read_names(tmp_path)
