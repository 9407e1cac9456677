"""Any bytes, any JSON, and sound files with one place spoilt are read or refused in words."""

import json

import pytest

from tests.fuzz.targets import SEEDS, TARGETS, accepts, seeds_of

hypothesis = pytest.importorskip("hypothesis")
st = hypothesis.strategies

NUMBERS = st.one_of(st.integers(), st.floats(), st.sampled_from([2**63, -(2**63) - 1, 10**400, 1e308, 5e-324, True]))
JSON = st.recursive(
    st.one_of(st.none(), NUMBERS, st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)),
    max_leaves=8,
)
SMALL = hypothesis.settings(max_examples=60, deadline=None, derandomize=True, database=None)
READ_JSON = ("coco", "foreign_results", "shard_index")


def places_in(content):
    """Every (container, key) below a JSON value."""
    found = []
    keys = content.keys() if isinstance(content, dict) else range(len(content)) if isinstance(content, list) else ()
    for key in keys:
        found += [(content, key), *places_in(content[key])]
    return found


@pytest.mark.parametrize("name", TARGETS)
def test_a_sound_file_is_accepted(name):
    assert any(accepts(name, seed) for seed in seeds_of(name))


@pytest.mark.parametrize("name", TARGETS)
@SMALL
@hypothesis.given(content=st.binary(max_size=200))
def test_any_bytes(name, content):
    accepts(name, content)


@pytest.mark.parametrize("name", TARGETS)
@SMALL
@hypothesis.given(data=st.data())
def test_bytes_of_a_sound_file_spoilt(name, data):
    seed = data.draw(st.sampled_from(SEEDS[name]))
    start = data.draw(st.integers(0, len(seed)))
    end = data.draw(st.integers(start, min(len(seed), start + 20)))
    accepts(name, seed[:start] + data.draw(st.binary(max_size=12)) + seed[end:])


@pytest.mark.parametrize("name", READ_JSON)
@SMALL
@hypothesis.given(content=JSON)
def test_any_json(name, content):
    accepts(name, json.dumps(content).encode())


@pytest.mark.parametrize("name", READ_JSON)
@hypothesis.settings(SMALL, max_examples=200)
@hypothesis.given(data=st.data())
def test_one_value_of_a_sound_file_is_something_else(name, data):
    content = json.loads(SEEDS[name][0])
    where, key = data.draw(st.sampled_from(places_in(content)))
    where[key] = data.draw(JSON)
    accepts(name, json.dumps(content).encode())


@hypothesis.settings(SMALL, max_examples=200)
@hypothesis.given(place=st.integers(0, 400), value=JSON)
def test_any_value_in_params(place, value):
    accepts("params_value", place.to_bytes(2, "little") + json.dumps(value).encode())
