"""Which format an annotated data set has, and how it is read."""

from pathlib import Path

from pipeline.data.coco_files import coco_files_in, read_coco_folder
from pipeline.data.coco_set import Split
from pipeline.data.video import frame_size_px
from pipeline.data.voc import read_voc
from pipeline.data.yolo import read_yolo
from pipeline.data.yolo_names import names_file_of, yaml_of
from pipeline.errors import DataError

READERS = {"coco": read_coco_folder, "yolo": read_yolo, "voc": read_voc}


def format_of(source: str | Path) -> str:
    """"coco", "yolo" or "voc". Raises `DataError` if it is none of them, or could be more than one."""
    source = existing(source)
    if source.is_file():
        found = {".json": ["coco"], ".yaml": ["yolo"], ".yml": ["yolo"]}.get(source.suffix.lower(), [])
    else:
        signs = {"coco": coco_files_in, "yolo": _has_yolo, "voc": _has_voc}
        found = [name for name, has in signs.items() if has(source)]
    if not found:
        raise DataError(
            f"{source}: expected COCO (.json), YOLO (data.yaml, classes.txt or obj.names) or Pascal VOC "
            "(Annotations/*.xml), found none of them; name the folder that holds them"
        )
    if len(found) > 1:
        raise DataError(f"{source}: expected one format, found {' and '.join(found)}; say --from {found[0]}")
    return found[0]


def read_splits(source: str | Path, format: str, video: str | Path | None = None) -> list[Split]:
    """Read a data set of a `format` in `READERS`; with `video` its pictures are frames of that file.

    Raises `DataError` with every problem found.
    """
    return READERS[format](existing(source), frame_size_px(video) if video else None)


def existing(source: str | Path) -> Path:
    """The path of a file or folder that is there. Raises `DataError` if it is not."""
    if not Path(source).exists():
        raise DataError(f"{source}: expected a data set, found no such file or folder; correct the path")
    return Path(source)


def _has_yolo(source: Path) -> bool:
    return yaml_of(source) is not None or names_file_of(source) is not None


def _has_voc(source: Path) -> bool:
    folders = (source / "Annotations", source / "annotations", source, source / "train")
    return any(any(folder.glob("*.xml")) for folder in folders)
