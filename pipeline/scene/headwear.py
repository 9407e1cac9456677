"""Hair and hats: the scalp pushed out, the helper geometry's long hair, and simple shapes on the head."""

import numpy as np

from pipeline.scene.wardrobe import grid_faces

HAT_TILT = 0.2  # rise of the rim to the front


def hair(fit):
    """Pieces of the hair."""
    style = fit.o.hair
    if style == "bald":
        return []
    height = {"short": 0.008, "full": 0.022}.get(style, 0.015)
    if fit.o.hat != "none":  # pressed flat
        height = 0.008
    parts = [cap(fit, "hair", 0.0, height, layer=5, crown=1.5 if fit.o.hat == "none" else 1.0)]
    if style in ("bob", "long"):
        _, y, z = fit.w.body.template.T
        keep = np.minimum(y + 0.085, z - (0.6 if style == "bob" else 0.47))
        parts.append(fit.piece("hair", "helper-hair", fit.v, keep, layer=5))
    head = fit.head_box()
    if style == "bun":
        parts.append(fit.blob("hair", head.at(0, 0.95, 0.72), (0.045, 0.045, 0.045), "head", layer=5))
    if style == "ponytail":
        parts.append(fit.blob("hair", head.at(0, 1.08, 0.42), (0.03, 0.035, 0.12), "head", layer=5))
    return parts


def hat(fit):
    """Pieces of the hat or hood."""
    style = fit.o.hat
    if style == "none":
        return []
    if style == "hood":
        return [cap(fit, "coat" if fit.o.coat_hem is not None else "top", -0.05, 0.03, layer=6)]
    if style == "beanie":
        return [cap(fit, "hat", 0.01, 0.024, layer=6, crown=1.4)]
    # Caps and brimmed hats end in a line round the head that rises to the front; the brim is there.
    _, y, z = fit.w.body.template.T
    above = z - (0.772 - HAT_TILT * (y + 0.06))
    rim = fit.v[np.flatnonzero((np.abs(above) < 0.006) & (z > 0.7))]
    middle = (rim.min(axis=0) + rim.max(axis=0)) / 2
    lift = 0.016 + 0.2 * np.clip(above - 0.02, 0, None)
    vertices = fit.v + fit.body_normals * lift[:, None]
    crown = fit.piece("hat", "body", vertices, np.where(z > 0.7, above, -1), layer=6)
    if style == "cap":
        return [crown, brim(fit, middle - [0, 0.06, -0.06 * HAT_TILT], (0.08, 0.12), front_only=True)]
    return [crown, brim(fit, middle, (0.15, 0.165))]


def cap(fit, region, above, height, layer, crown=1.0):
    """The scalp from `above` m over the hair line, pushed out by `height` m, `crown` times that on top."""
    keep = fit.w.scalp - above
    rise = np.clip(keep, 0, None)
    lift = height * np.clip(0.35 + rise / 0.03, 0, 1) * (1 + (crown - 1) * np.clip(rise / 0.1, 0, 1))
    return fit.piece(region, "body", fit.v + fit.body_normals * lift[:, None], keep, layer)


def brim(fit, centre, radii, front_only=False):
    angle = np.linspace(np.pi, 2 * np.pi, 13) if front_only else np.linspace(0, 2 * np.pi, 25)
    rim = np.stack([np.cos(angle) * radii[0], np.sin(angle) * radii[1], np.zeros_like(angle)], axis=1)
    inner = rim * [0.4, 0.0 if front_only else 0.4, 0]
    flat = np.concatenate([inner, rim])
    flat[:, 2] = -HAT_TILT * flat[:, 1]
    return fit.rigid("hat", centre + flat, grid_faces(2, len(angle)), "head", layer=6)
