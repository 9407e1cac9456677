"""A JSON file, read as far as it can be read, with everything that stricter readers stumble on."""

import codecs
import json
from pathlib import Path

from pipeline.check.problem import Sheet

# As Python objects, 104 MB of COCO need 0.95 GB.
LARGEST_BYTES = 2**30


def read_json(path: Path, sheet: Sheet, largest_bytes: int = LARGEST_BYTES) -> object | None:
    """What the file holds, or None where nothing can be read; the reasons go on the sheet.

    A byte order mark, bytes that are not UTF-8 and NaN are reported and read over, so that the problems behind them
    are found as well.
    """
    try:
        size = path.stat().st_size
        if size > largest_bytes:
            sheet.error("json_too_large", "", f"at most {largest_bytes / 2**20:.0f} MB of JSON (reading needs up to 10 "
                        "times as much memory)", f"{size / 2**20:.0f} MB", "split it into several files")  # fmt: skip
            return None
        content = path.read_bytes()
    except FileNotFoundError:
        sheet.error("json_missing", "", "a JSON file", "no file", "correct the path")
        return None
    except OSError as error:  # no permission, a folder, a loop of links
        sheet.error("json_unreadable", "", "a readable JSON file", error.strerror or "none", "correct the path")
        return None
    text = _decode(content, sheet)
    del content
    return None if text is None else _parse(text, sheet)


def _decode(content: bytes, sheet: Sheet) -> str | None:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        sheet.error("not_utf8", "byte 0", "UTF-8", "the mark of UTF-16", "save it as UTF-8")
        return content.decode("utf-16", errors="replace")
    if content.startswith(codecs.BOM_UTF8):
        sheet.warning("bom", "byte 0", "JSON without a byte order mark", "a mark that other readers refuse",
                      "save it as UTF-8 without BOM")  # fmt: skip
        content = content[len(codecs.BOM_UTF8) :]
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        found = f"0x{content[error.start]:02x}"
        sheet.error("not_utf8", f"byte {error.start}", "UTF-8", found, "save it as UTF-8")
        return content.decode("utf-8", errors="replace")


def _parse(text: str, sheet: Sheet) -> object | None:
    constants: list[str] = []

    def constant(name: str) -> float:
        constants.append(name)
        return float(name)

    try:
        content = json.loads(text, parse_constant=constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        found = error.msg if text.strip() else "an empty file"
        sheet.error("json_invalid", where, "valid JSON", found, "correct it, or export it again")
        return None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, a list in a list in a list ...
        sheet.error("json_invalid", "", "valid JSON", str(error), "export it again")
        return None
    if content is None:
        sheet.error("json_invalid", "", "a JSON object", "null", "export it again")
    if constants:
        kinds = ", ".join(sorted(set(constants)))
        sheet.error("json_nan", "", "numbers (JSON knows no NaN)", f"{kinds}, {len(constants)} times",
                    "write a number, or leave the key out")  # fmt: skip
    return content
