"""Camera profiles in YAML files: the shipped ones in sensors/profiles, and the user's own."""

from difflib import get_close_matches
from pathlib import Path

import yaml

from sensors.profile import CameraProfile
from sensors.validation import ProfileError

SHIPPED = Path(__file__).parent / "profiles"


def shipped_profiles() -> list[str]:
    """Names of the cameras that come with the package."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def load_profile(name: str | Path) -> CameraProfile:
    """A shipped profile by its name, or one's own by a path that ends in .yaml or .yml.

    Raises ProfileError for names that nothing is shipped under, files that cannot be read, and values that no
    camera can have.
    """
    path = Path(name) if Path(name).suffix in (".yaml", ".yml") else _shipped(str(name))
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        # PyYAML lets through what Python raises over a date without such a month or a number without digits
        raise ProfileError(f"camera profile {path}: expected a YAML file that can be read, found: {error}") from None
    try:
        return CameraProfile.from_dict(values)
    except ProfileError as error:
        raise ProfileError(f"{path}: {error}") from None


def _shipped(name: str) -> Path:
    known = shipped_profiles()
    if name not in known:
        close = get_close_matches(name, known, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise ProfileError(f"camera profile: expected one of {', '.join(known)}, or a path that ends in .yaml; "
                           f"found {name!r}{hint}")
    return SHIPPED / f"{name}.yaml"
