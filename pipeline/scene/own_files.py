"""The user's own files of a category: what a folder of the category's name holds."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import UserError


def category_files(folder: str | Path, category: str, suffixes: Sequence[str]) -> list[Path]:
    """Files with such suffixes (in any case) in folder/category, in the order of their names; others are passed over.

    Raises UserError if the folder is missing or has none.
    """
    inside = Path(folder) / category
    if not inside.is_dir():
        beside = sorted(Path(folder).iterdir()) if Path(folder).is_dir() else []
        others = [path.name for path in beside if path.is_dir()]
        found = f"only {', '.join(others)}" if others else "none"
        raise UserError(
            f"{inside}: expected a folder with the files of the category {category}, found {found}; "
            f"add it or correct assets.categories.{category}.folder in params.yaml"
        )
    files = [path for path in sorted(inside.iterdir()) if path.is_file() and path.suffix.lower() in suffixes]
    if not files:
        raise UserError(f"{inside}: expected files {' '.join(suffixes)}, found none; add some for category {category}")
    return files
