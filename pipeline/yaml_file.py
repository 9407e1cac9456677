"""A YAML file as plain data."""

from pathlib import Path

import yaml

from pipeline.errors import UserError

LARGEST_NODES = 1_000_000
# A date without such a month, a number without digits, a set that is a list, brackets in brackets without end: PyYAML
# lets the exceptions through that Python raises over them.
RAISED_BY_YAML = (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError)


class NotYaml(Exception):
    """A text that is no YAML, or none that may be read; says why in one line."""


class OnceLoader(yaml.SafeLoader):
    """Plain YAML that refuses a key written twice, where YAML's own reader takes the last value silently."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        for number, (key, _) in enumerate(node.value):
            if key.value in keys[:number]:
                raise yaml.YAMLError(f"key {key.value!r} is written twice; remove line {key.start_mark.line + 1}")
        return super().construct_mapping(node, deep)


def read_yaml(path):
    """The plain data of a YAML file. Raises UserError when it is missing, no YAML, or has a key twice."""
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: the file is missing; run the command in the folder that holds params.yaml")
    try:
        return plain_data(path.read_text(encoding="utf-8"), OnceLoader)
    except (NotYaml, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not valid YAML: {error}") from None


def plain_data(text: str, loader: type[yaml.SafeLoader] = yaml.SafeLoader) -> object:
    """What the YAML `text` says: mappings, lists, text, numbers, dates; never another object.

    Raises `NotYaml`, also where aliases make the data endless or so large that showing it would fill the memory.
    """
    try:
        reader = loader(text)
        node = reader.get_single_node()
        if node is None:
            return None
        if _written_out(node, {}) > LARGEST_NODES:
            raise yaml.YAMLError(f"its aliases stand for more than {LARGEST_NODES} values; write fewer")
        return reader.construct_document(node)
    except RAISED_BY_YAML as error:
        raise NotYaml(" ".join(str(error).split()) or type(error).__name__) from None


def _written_out(node: yaml.Node, known: dict[int, int]) -> int:
    """How many values `node` holds if each alias is replaced by what it stands for."""
    if id(node) in known:
        return known[id(node)]
    if not isinstance(node, yaml.CollectionNode):
        return 1
    known[id(node)] = LARGEST_NODES + 1  # met again below itself, it has no end
    parts = node.value if isinstance(node, yaml.SequenceNode) else [part for pair in node.value for part in pair]
    known[id(node)] = 1 + sum(_written_out(part, known) for part in parts)
    return known[id(node)]
