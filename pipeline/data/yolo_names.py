"""The classes of a YOLO data set: data.yaml as Ultralytics has it, classes.txt, or obj.names as darknet has it."""

from pathlib import Path

from pipeline.data.problems import Problems
from pipeline.errors import DataError
from pipeline.yaml_file import NotYaml, plain_data

YAML_FILES = ("data.yaml", "dataset.yaml", "data.yml", "dataset.yml")
NAME_FILES = ("classes.txt", "obj.names", "labels/classes.txt", "images/classes.txt", "data/obj.names")


def yaml_of(source: Path) -> Path | None:
    """The YAML file that describes the data set: `source` itself, or one in that folder; None if there is none."""
    if source.is_file():
        return source
    return next((source / name for name in YAML_FILES if (source / name).is_file()), None)


def names_file_of(source: Path) -> Path | None:
    """The file of a folder that names one class a line; None if there is none."""
    return next((source / name for name in NAME_FILES if (source / name).is_file()), None)


def read_yaml(path: Path) -> dict:
    """The content of a data.yaml. Raises `DataError` unless it is a mapping that describes boxes or outlines."""
    try:
        content = plain_data(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, NotYaml) as error:
        raise DataError(f"{path}: expected YAML, found none ({error}); correct it") from None
    if not isinstance(content, dict):
        raise DataError(f"{path}: expected names, train and val, found {type(content).__name__}; correct it")
    if "kpt_shape" in content:
        raise DataError(f"{path}: expected labels of boxes or outlines, found kpt_shape (poses); use another set")
    return content


def read_names(source: Path) -> dict[int, str]:
    """Names by class number, in the order of the numbers. Raises `DataError` if there are none."""
    description, lines = yaml_of(source), names_file_of(source)
    if description is not None:
        return _names_of_yaml(description)
    if lines is not None:
        return _names_of_lines(lines)
    raise DataError(
        f"{source}: expected the names of the classes in data.yaml, classes.txt or obj.names, found none; "
        "add classes.txt with one name a line"
    )


def _names_of_yaml(path: Path) -> dict[int, str]:
    content = read_yaml(path)
    problems = Problems()
    names = content.get("names")
    if isinstance(names, list):
        names = dict(enumerate(names))
    if not names or not isinstance(names, dict) or not all(map(_is_class, names, names.values())):
        expected = "names as a list of text, or a mapping from class numbers to text"
        fix = "correct it; names such as yes and no need quotation marks"
        problems.add(f"{path}: names", expected, content.get("names"), fix)
    elif content.get("nc", len(names)) != len(names):
        problems.add(f"{path}: nc", f"{len(names)}, as many as names", content["nc"], "correct one of them")
    problems.stop(path)
    return {number: str(names[number]) for number in sorted(names)}


def _is_class(number: object, name: object) -> bool:
    return type(number) is int and number >= 0 and type(name) in (str, int) and str(name).strip() != ""


def _names_of_lines(path: Path) -> dict[int, str]:
    try:
        names = [line.strip() for line in path.read_text(encoding="utf-8-sig").rstrip().splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: expected one name a line, found no readable text ({error}); correct it") from None
    if not names or not all(names):
        raise DataError(f"{path}: expected one name a line, found an empty line or none; correct it")
    return dict(enumerate(names))
