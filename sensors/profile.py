"""A camera as data: the composition of all its parts, to and from plain values (YAML, JSON)."""

from dataclasses import dataclass, fields

from sensors.cfa import Cfa
from sensors.codec import Codec
from sensors.isp import ColourResponse, Isp
from sensors.noise import Sensor
from sensors.optics import Optics
from sensors.shutter import Shutter
from sensors.validation import ProfileError, did_you_mean


@dataclass(frozen=True)
class CameraProfile:
    """All that is known about a camera. A part that is None is absent, and its effect off.

    shutter: None is an instant. optics: None is a pinhole. response: None sees sRGB. sensor: None has no
    noise and no ADC. cfa: None measures all three colours in every pixel. isp: None is the sRGB curve alone.
    codec: None keeps pixels.
    """

    shutter: Shutter | None = None
    optics: Optics | None = None
    response: ColourResponse | None = None
    sensor: Sensor | None = None
    cfa: Cfa | None = None
    isp: Isp | None = None
    codec: Codec | None = None

    def __post_init__(self):
        for key, kind in PARTS.items():
            part = getattr(self, key)
            if part is not None and not isinstance(part, kind):
                expected = f"a {kind.__name__} or None"
                raise ProfileError(f"camera profile, {key}: expected {expected}, found {part!r}")

    def to_dict(self) -> dict:
        """Plain dicts, lists, numbers and strings; `from_dict` gives an equal profile back."""
        return {key: None if getattr(self, key) is None else _plain_part(getattr(self, key)) for key in PARTS}

    @classmethod
    def from_dict(cls, values: dict) -> "CameraProfile":
        """Profile from plain values; absent parts are None, absent keys of a part take its defaults.

        Raises ProfileError for unknown keys and for values that no camera can have.
        """
        _require_keys("", values, PARTS)
        return cls(**{key: _part(key, part) for key, part in values.items() if part is not None})


PARTS = {"shutter": Shutter, "optics": Optics, "response": ColourResponse, "sensor": Sensor, "cfa": Cfa,
         "isp": Isp, "codec": Codec}


def _part(key: str, values):
    kind = PARTS[key]
    _require_keys(f"{key}.", values, [field.name for field in fields(kind)])
    return kind(**{name: _tuples(value) for name, value in values.items()})


def _require_keys(prefix: str, values, expected) -> None:
    if not isinstance(values, dict):
        name = prefix.rstrip(".") or "whole"
        raise ProfileError(f"camera profile, {name}: expected a mapping, found {values!r}")
    for key in values:
        if key not in expected:
            hint = did_you_mean(key, expected)
            known = ", ".join(expected)
            raise ProfileError(f"camera profile, {prefix}{key}: unknown key; expected one of {known}{hint}")


def _plain_part(part) -> dict:
    return {field.name: _lists(getattr(part, field.name)) for field in fields(part)}


def _lists(value):
    return [_lists(v) for v in value] if isinstance(value, tuple) else value


def _tuples(value):
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value
