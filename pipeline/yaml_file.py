"""A YAML file as plain data."""

from pathlib import Path

import yaml

from pipeline.errors import UserError


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
        return yaml.load(path.read_text(encoding="utf-8"), OnceLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
