"""Ids and sizes: whole numbers, and what people write instead of them."""

from pipeline.check.problem import Sheet

LARGEST = 2**63  # other tools hold them in 64 bits


def whole_number(value: object, key: str, sheet: Sheet, where: str) -> int | None:
    """The whole number that is meant, or None; anything but a plain integer is an error.

    3.0 and "3" are read as 3, so that what refers to it is found: tools that use ids as keys do not find them.
    """
    expected = f"{key} as a whole number"
    if isinstance(value, int | float) and not abs(value) < LARGEST:  # nor NaN
        sheet.error("not_whole", where, f"{key} as a whole number of 64 bits", value, "renumber")
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        sheet.error("float_id", where, expected, value, "write it without a fraction")
        return int(value)
    if isinstance(value, str) and value.isascii() and value.removeprefix("-").isdigit() and len(value) < 19:
        sheet.error("string_number", where, expected, f'"{value}"', "write it without quotes")
        return int(value)
    sheet.error("not_whole", where, expected, "none" if value is None else value, "correct it")
    return None
