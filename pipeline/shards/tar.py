"""A shard as one tar file in the layout of the library webdataset: picture and labels of a scene share a name."""

import io
import json
import re
import tarfile
from collections.abc import Mapping
from pathlib import PurePosixPath

from pipeline.errors import UserError

INSTALL = "webdataset==1.0.2"
NAME = re.compile(r"[0-9]+\.(jpg|bmp|json)")  # of all that is in a shard
PLAIN = (tarfile.REGTYPE, tarfile.AREGTYPE)


def load_library():
    """The module webdataset. Raises UserError where it is not installed."""
    try:
        import webdataset
    except ImportError:
        raise UserError(
            f"params.yaml: synth.format: webdataset needs the package webdataset, found none; `pip install {INSTALL}`, "
            "or set it to folder") from None
    return webdataset


def tar_of(pictures: Mapping[str, bytes], coco: bytes) -> bytes:
    """Equal input gives equal bytes. pictures: {file name: content}. coco: their labels, a COCO file.

    Beside each picture stands `<its stem>.json` with its row of COCO's images and its annotations.
    """
    content = json.loads(coco)
    labels = {image["file_name"]: {"image": image, "annotations": []} for image in content["images"]}
    name_of = {image["id"]: image["file_name"] for image in content["images"]}
    for annotation in content["annotations"]:
        labels[name_of[annotation["image_id"]]]["annotations"].append(annotation)
    stream = io.BytesIO()
    with load_library().TarWriter(stream, encoder=False, user="", group="", mtime=0) as writer:
        for name, picture in pictures.items():
            path = PurePosixPath(name)
            rows = json.dumps(labels[name], ensure_ascii=False).encode()
            writer.write({"__key__": path.stem, path.suffix[1:]: picture, "json": rows})
    return stream.getvalue()


def pictures_in(tar: bytes) -> dict[str, bytes]:
    """{file name: content} of what `tar_of` wrote, without the labels.

    Raises ValueError for anything else: a compressed archive, a path instead of a name, a link, a file with holes.
    """
    pictures = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(tar), mode="r:") as archive:
            for member in archive:
                if not NAME.fullmatch(member.name) or member.type not in PLAIN or member.sparse:
                    raise ValueError(f"{member.name!r}, which is no plain file of a scene")
                if not member.name.endswith(".json"):
                    pictures[member.name] = archive.extractfile(member).read()
    except tarfile.TarError as error:
        raise ValueError(f"no tar archive ({error})") from None
    return pictures
