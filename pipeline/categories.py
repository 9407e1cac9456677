"""What is looked for: the categories of params.yaml, checked, numbered from 1 in the order of the file."""

import re
from collections.abc import Mapping

from pipeline.data.coco_set import Category

NAME = r"^[A-Za-z0-9_][A-Za-z0-9_ -]*$"  # also the name of a folder
THINGS = ("cutouts", "meshes")


def coco_categories(categories: Mapping) -> tuple[Category, ...]:
    """The categories as COCO files list them. categories: name -> CategoryParams."""
    return tuple(Category(number, name, each.chiral) for number, (name, each) in enumerate(categories.items(), 1))


def check_categories(categories: Mapping) -> list[str]:
    """A line for every problem that a single value cannot tell. categories: name -> CategoryParams."""
    problems = [] if categories else ["assets.categories: the mapping is empty; name at least one category"]
    crowds = [name for name, category in categories.items() if category.kind == "people"]
    if len(crowds) > 1:
        problems.append(f"assets.categories: {' and '.join(crowds)} are of kind people; keep one of them")
    for name, category in categories.items():
        key = f"assets.categories.{name}"
        if not re.fullmatch(NAME, name):
            problems.append(f"{key}: a category's name is made of ASCII letters, digits, spaces, _ and -; rename it")
        if category.kind in THINGS:
            problems += _height_problems(key, category)
    return problems


def _height_problems(key: str, category) -> list[str]:
    low, high = category.height_m_range
    unknown = low == high == 0
    if unknown and category.kind == "cutouts":
        return []
    if low <= 0:
        more = "; only of cutouts it may be [0, 0], not known" if unknown else ""
        return [f"{key}.height_m_range: expected heights above 0, found [{low}, {high}]{more}"]
    return []
