"""What a box must be, whatever file it comes from."""

import math

from pipeline.check.problem import Sheet

ROUNDING_PX = 0.01  # outside by less is rounding
SLIGHTLY_PX = 1.0  # outside by less is another pixel convention


def check_box(box: object, image_size: tuple[int, int] | None, sheet: Sheet, where: str) -> list[float] | None:
    """Check one box [x, y, width, height] in px and return it as numbers, or None if it is none.

    The image covers [0, width] x [0, height] px, edges of pixels, not centres. image_size: its width and height;
    None where they are unknown, and nothing is outside.
    """
    if not isinstance(box, list | tuple) or len(box) != 4:
        sheet.error("box_type", where, "bbox [x, y, width, height]", box, "write four numbers")
        return None
    values = [_number(value) for value in box]
    if None in values:
        sheet.error("box_type", where, "bbox of four numbers", list(box), "write four numbers")
        return None
    if any(isinstance(value, str) for value in box):
        sheet.error("string_number", where, "bbox of numbers", list(box), "write the numbers without quotes")
    if not all(map(math.isfinite, values)):
        sheet.error("box_not_finite", where, "bbox of finite numbers", list(box), "correct or remove it")
        return None
    x, y, width, height = values
    if width < 0 or height < 0:
        sheet.error("box_negative", where, "positive width and height", list(box),
                    "write [x, y, width, height], x and y of the upper left corner")  # fmt: skip
    elif width == 0 or height == 0:
        sheet.error("box_empty", where, "positive width and height", list(box), "correct or remove it")
    elif image_size is not None:
        _check_inside(values, image_size, sheet, where)
    return values


def _check_inside(box: list[float], image_size: tuple[int, int], sheet: Sheet, where: str) -> None:
    x, y, width, height = box
    outside_px = max(-x, -y, x + width - image_size[0], y + height - image_size[1])
    expected = f"a box inside the {image_size[0]} x {image_size[1]} px of its image"
    if outside_px >= SLIGHTLY_PX:
        sheet.error("box_outside", where, expected, f"{box}, outside by {outside_px:g} px",
                    "clip it, or correct the size of the image")  # fmt: skip
    elif outside_px > ROUNDING_PX:
        sheet.warning("box_slightly_outside", where, expected, f"{box}, outside by {outside_px:g} px", "clip it")


def _number(value: object) -> float | None:
    """A number or text that reads as one; None for all else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf
    except ValueError:
        return None
