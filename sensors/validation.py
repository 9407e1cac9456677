"""Checks that every part of a camera profile makes of its own values."""

import math
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from numbers import Real

import numpy as np


class ProfileError(ValueError):
    """A camera profile holds a value that no camera can have. The message names key, expected and found."""


class LightError(ValueError):
    """The light given to a camera is not linear, finite, non-negative RGB."""


def require_number(key: str, value, low: float, high: float = math.inf) -> None:
    """Raise ProfileError unless `value` is a finite real number in [low, high]."""
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not low <= value <= high:
        upper = "up" if high == math.inf else f"to {high:g}"
        raise ProfileError(f"camera profile, {key}: expected a number from {low:g} {upper}, found {value!r}")


def require_integer(key: str, value, low: int, high: int) -> None:
    """Raise ProfileError unless `value` is an int in [low, high]."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        expected = f"a whole number from {low} to {high}"
        raise ProfileError(f"camera profile, {key}: expected {expected}, found {value!r}")


def require_choice(key: str, value, choices: Sequence) -> None:
    """Raise ProfileError unless `value` is one of `choices`."""
    if value not in choices:
        expected = ", ".join(map(str, choices))
        hint = did_you_mean(value, choices)
        raise ProfileError(f"camera profile, {key}: expected one of {expected}; found {value!r}{hint}")


def did_you_mean(found, known: Iterable) -> str:
    """The known name that is nearest to `found`, as the end of an error message; empty where none is near."""
    close = get_close_matches(str(found), [str(name) for name in known], n=1)
    return f"; did you mean {close[0]}?" if close else ""


def require_numbers(key: str, values, count: int, low: float, high: float = math.inf) -> None:
    """Raise ProfileError unless `values` is a sequence of `count` numbers in [low, high]."""
    if not isinstance(values, Sequence) or isinstance(values, str) or len(values) != count:
        raise ProfileError(f"camera profile, {key}: expected {count} values, found {values!r}")
    for i, value in enumerate(values):
        require_number(f"{key}[{i}]", value, low, high)


def require_linear_rgb(key: str, light, size: tuple[int, int] | None = None) -> None:
    """Raise LightError unless `light` is an array of floats of shape (H, W, 3), (H, W) = `size` if given."""
    expected = ("H", "W") if size is None else size
    shape = getattr(light, "shape", ())
    fits = len(shape) == 3 and shape[2] == 3 and 0 not in shape and size in (None, shape[:2])
    if not isinstance(light, np.ndarray) or not fits:
        found = shape if isinstance(light, np.ndarray) else type(light).__name__
        raise LightError(f"{key}: expected light of shape ({expected[0]}, {expected[1]}, 3), found {found}")
    if not np.issubdtype(light.dtype, np.floating):
        raise LightError(f"{key}: expected linear light as floats, 1.0 = white, found dtype {light.dtype}; turn "
                         f"8-bit pictures into light with sensors.isp.linear_from_srgb(image / 255)")
