"""The lens: distortion against OpenCV, energy, vignetting, lateral chromatic aberration, sharpness.

Places in a photograph are proven to 0.1 px only: the cubic kernel of OpenCV's resampling (a = -0.75) does not
reproduce a ramp and shifts what it moves by up to 0.05 px along each axis; its tables of 1/32 px add 0.016.
"""

import cv2
import numpy as np

from sensors import Camera, CameraProfile, Isp, Optics, ProfileError
from sensors.optics import distort, margin_px, shade, undistort
from tests.prove import sharpness
from tests.prove.claim import at_most
from tests.reference.still_scene import dots, grey

WIDTH, HEIGHT = 640, 480
CENTRE = np.array([(WIDTH - 1) / 2, (HEIGHT - 1) / 2])
CORNER = np.hypot(*CENTRE)
MODELS = {"Brown-Conrady": "brown_conrady", "Kannala-Brandt": "kannala_brandt"}
LINEAR = Isp(tone_curve="gamma", gamma=1.0)


def claims(full):
    found = []
    for name, model in MODELS.items():
        lenses = [random_lens(np.random.default_rng([72, i]), model) for i in range(200 if full else 5)]
        there, back = zip(*[_point_errors(lens) for lens in lenses], strict=True)
        on_image = np.concatenate([_dot_errors(lens) for lens in lenses[: 12 if full else 1]])
        found += [
            at_most(f"{name}: distort against OpenCV's projection [px]", max(there), 0.01, 1000 * len(lenses)),
            at_most(f"{name}: distort(undistort(x)) - x [px]", max(back), 0.01, 1000 * len(lenses)),
            at_most(f"{name}: centroids of photographed dots against OpenCV's projection [px]", on_image.max(), 0.1,
                    len(on_image)),
        ]
    return found + _colour_claims(full) + _light_claims(full) + sharpness.claims(full)


def random_lens(rng, model, **more):
    """A lens of which the frame's corner is in reach, drawn again until it is."""
    names, spread = {"brown_conrady": (("k1", "k2", "k3", "p1", "p2"), (0.2, 0.1, 0.05, 0.01, 0.01)),
                     "kannala_brandt": (("k1", "k2", "k3", "k4"), (0.05, 0.02, 0.01, 0.003))}[model]
    while True:
        values = dict(zip(names, map(float, rng.normal(0, spread)), strict=True))
        lens = Optics(model, focal_px=float(rng.uniform(350, 900)), **values, **more)
        try:
            margin_px(lens, WIDTH, HEIGHT)
        except ProfileError:
            continue
        return lens


def opencv(lens, points):
    """(N, 2) pinhole points [px] -> (N, 2) where OpenCV's own projection puts them."""
    rays = np.column_stack([(points - CENTRE) / lens.focal_px, np.ones(len(points))])[:, None]
    camera = np.array([[lens.focal_px, 0, CENTRE[0]], [0, lens.focal_px, CENTRE[1]], [0, 0, 1]])
    pose = np.zeros(3), np.zeros(3), camera
    if lens.model == "kannala_brandt":
        return cv2.fisheye.projectPoints(rays, *pose, np.array([lens.k1, lens.k2, lens.k3, lens.k4]))[0][:, 0]
    return cv2.projectPoints(rays, *pose, np.array([lens.k1, lens.k2, lens.p1, lens.p2, lens.k3]))[0][:, 0]


def _point_errors(lens):
    """Largest distance [px] of points all over the frame: to OpenCV's, and after there and back."""
    points = np.random.default_rng([73]).uniform((0, 0), (WIDTH - 1, HEIGHT - 1), (1000, 2))
    pinhole = np.column_stack(undistort(lens, *points.T, WIDTH, HEIGHT))
    seen = np.column_stack(distort(lens, *pinhole.T, WIDTH, HEIGHT))
    return _distance(seen, opencv(lens, pinhole)).max(), _distance(seen, points).max()


def _dot_errors(lens):
    """Distances of photographed dots to where OpenCV puts them [px]."""
    found, seen = _photographed_dots(lens)
    return _distance(found[1], seen)


def _photographed_dots(lens):
    """Centroids (3, N, 2) in red, green and blue of a grid of dots, and where OpenCV puts them without colour error."""
    grid = np.meshgrid(np.linspace(14, WIDTH - 15, 13), np.linspace(14, HEIGHT - 15, 9))
    pinhole = np.column_stack([p.ravel() for p in undistort(lens, *grid, WIDTH, HEIGHT)])
    seen = opencv(lens, pinhole)
    shrunk = _distance(opencv(lens, pinhole + (0.5, 0)), opencv(lens, pinhole - (0.5, 0)))
    chart = dots(pinhole, 2 / shrunk, WIDTH, HEIGHT, margin_px(lens, WIDTH, HEIGHT))
    image = Camera(CameraProfile(optics=lens, isp=LINEAR)).photograph(chart, np.random.default_rng([0])).image
    return np.stack([[_centroid(image[..., c], point) for point in seen] for c in range(3)]), seen


def _centroid(channel, near, reach=10):
    x, y = np.rint(near).astype(int)
    x0, y0 = max(0, x - reach), max(0, y - reach)
    patch = channel[y0 : y + reach + 1, x0 : x + reach + 1].astype(float)
    rows, cols = np.indices(patch.shape)
    return x0 + (patch * cols).sum() / patch.sum(), y0 + (patch * rows).sum() / patch.sum()


def _colour_claims(full):
    """In the corner red lands lateral_ca_px outside green and blue inside; in proportion to the radius elsewhere."""
    dot_errors, fit_errors, edge_errors = [], [], []
    for i in range(12 if full else 2):
        rng = np.random.default_rng([74, i])
        shift = float(rng.uniform(0.3, 3) * rng.choice([-1, 1]))
        model = (None, *MODELS.values())[i % 3]
        lens = random_lens(rng, model, lateral_ca_px=shift) if model else Optics(focal_px=500, lateral_ca_px=shift)
        (red, green, blue), seen = _photographed_dots(lens)
        outwards = (seen - CENTRE) / CORNER
        dot_errors += [*_distance(red - seen, shift * outwards), *_distance(blue - seen, -shift * outwards)]
        fit_errors += [abs(((a - b) * outwards).sum() / (outwards**2).sum() - shift)
                       for a, b in ((red, green), (green, blue))]
        edge_errors += _edge_shifts(shift)
    return [
        at_most("lateral colour: centroids of red and blue dots against the formula [px]", max(dot_errors), 0.1,
                len(dot_errors)),
        at_most("lateral colour: lateral_ca_px as fitted to the dots of a photograph [px]", max(fit_errors), 0.02,
                len(fit_errors)),
        at_most("lateral colour: shift of an edge in the corner, red - green and green - blue [px]", max(edge_errors),
                0.1, len(edge_errors)),
    ]


def _edge_shifts(shift):
    """Errors of the shifts of an upright edge, in the last 20 lines of the frame [px]."""
    chart = np.full((HEIGHT, WIDTH), 0.2)
    chart[:, WIDTH - 30 :] = 0.8
    profile = CameraProfile(optics=Optics(lateral_ca_px=shift, psf_sigma_px=1), isp=LINEAR)
    image = Camera(profile).photograph(grey(chart), np.random.default_rng([0])).image
    rise = np.diff(image[-20:, -50:-10].astype(float), axis=1).sum(axis=0)  # (columns, colours)
    columns = np.arange(len(rise))[:, None]
    red, green, blue = (rise * columns).sum(axis=0) / rise.sum(axis=0)
    expected = shift * (WIDTH - 30.5 - CENTRE[0]) / CORNER
    return [abs(red - green - expected), abs(green - blue - expected)]


def _light_claims(full):
    whole, inside, wide, dark = [], [], [], []
    for i in range(40 if full else 4):
        rng = np.random.default_rng([75, i])
        lens = Optics(psf_sigma_px=float(rng.uniform(0.1, 4)))
        light = rng.random((90, 110, 3), dtype=np.float32)
        whole.append(_relative(shade(light, lens).sum(dtype=float), light.sum(dtype=float)))
        point = np.zeros((61, 61, 3), np.float32)
        point[30, 30] = rng.uniform(0.1, 100)
        spread = shade(point, lens)[..., 1].astype(float)
        inside.append(_relative(spread.sum(), point[30, 30, 1]))
        variance = (spread.sum(axis=0) * (np.arange(61) - 30) ** 2).sum() / spread.sum()
        wide.append(_relative(np.sqrt(variance), lens.psf_sigma_px))
        dark.append(_grey_card_error(float(rng.uniform(0, 1)), float(rng.uniform(0.3, 1))))
    n = len(whole)
    return [
        at_most("point spread: light of a whole picture, mirrored at its borders [relative]", max(whole), 1e-4, n),
        at_most("point spread: light of a point away from the borders [relative]", max(inside), 1e-4, n),
        at_most("point spread: its standard deviation [relative]", max(wide), 0.01, n),
        at_most("vignetting: photograph of a grey card against its formula [steps of 8 bit]", max(dark), 0.51, n),
    ]


def _grey_card_error(vignetting, level):
    """Half a step is the rounding of the file."""
    profile = CameraProfile(optics=Optics(vignetting=vignetting), isp=LINEAR)
    card = grey(np.full((HEIGHT, WIDTH), level))
    image = Camera(profile).photograph(card, np.random.default_rng([0])).image.astype(float)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    radius = np.hypot(x - CENTRE[0], y - CENTRE[1]) / CORNER
    return np.abs(image - 255 * level * (1 - vignetting * radius**2)[..., None]).max()


def _distance(a, b):
    return np.linalg.norm(a - b, axis=-1)


def _relative(found, expected):
    return abs(found - expected) / expected
