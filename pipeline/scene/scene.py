"""A scene: an immutable description of what is in front of the camera, and its light at any instant."""

from dataclasses import dataclass
from functools import cached_property, partial

import cv2
import numpy as np

from pipeline.scene.layer import Layer, lay_over, lay_shadow, overlap
from pipeline.scene.motion import CameraMotion, flow_by_pose
from pipeline.scene.view import View
from pipeline.scene.windows import meet, merged
from sensors.exposure import Coverage, Part, Rendered

FLOW_CELL_PX = 8
HALF_STRIDE_M = 0.35  # so far before a person's axis are the tips of the shoes: that ground does not hide them
ROW_OF_GROUND = 0.98  # and far away, one row of the picture is that much of the distance


@dataclass(frozen=True, eq=False)
class Scene:
    """Background plate, layers at depths, and a moving camera. Actors are the layers that are persons, in order."""

    background: np.ndarray  # float32 (H, W, 3) linear light
    background_depth_m: np.ndarray  # float32 (H, W)
    layers: tuple[Layer, ...]
    view: View
    motion: CameraMotion

    @property
    def width(self):
        return self.view.width_px

    @property
    def height(self):
        return self.view.height_px

    @cached_property
    def actors(self):
        return tuple(layer for layer in self.layers if layer.person)

    @property
    def actor_count(self):
        return len(self.actors)

    @cached_property
    def _far_to_near(self):
        return sorted(self.layers, key=lambda layer: -layer.depth_m)

    def max_speed_px_s(self):
        """A bound on the speed in the picture of anything, px/s."""
        own = max((np.hypot(*layer.velocity_px_s) for layer in self.layers), default=0.0)
        nearest = min([float(self.background_depth_m.min()), *(layer.depth_m for layer in self.layers)])
        return float(own + self.motion.max_speed_px_s(self.width, self.height, self.view.focal_px, nearest))

    @cached_property
    def _speed_px_s(self):
        """By layer, a bound on its speed."""
        own_px_s = np.array([layer.velocity_px_s for layer in self.layers]).reshape(-1, 2).T
        bounds = self.motion.speed_px_s(self._flow_of_layers, self.view.focal_px, own_px_s)
        return dict(zip(self.layers, bounds.tolist(), strict=True))

    def parts(self, first_s, last_s):
        """The background, and the windows in which layers stand before it between two times."""
        camera_px_s = 0.0
        if not self.motion.is_still:
            camera_px_s = float(self.motion.speed_px_s(self._flow_of_background, self.view.focal_px).max())
        whole = slice(0, self.height), slice(0, self.width)
        parts = [Part(*whole, camera_px_s, lambda *asked: Rendered(self._background_at(*asked), []))]
        reach = {layer: self._reach(layer, first_s, last_s) for layer in self._far_to_near}
        for window in merged(reach.values()):
            left, top, right, bottom = window
            inside = [layer for layer in reach if meet(reach[layer], window)]
            # no less than the camera's, which moves the walls that hide people
            speed_px_s = max(camera_px_s, *(self._speed_px_s[layer] for layer in inside))
            render = partial(self._before, inside)
            parts.append(Part(slice(top, bottom), slice(left, right), speed_px_s, render))
        return parts

    def _reach(self, layer, first_s, last_s):
        """Pixels of the picture (x0, y0, x1, y1) that a layer and its shadows may touch between two times.

        Where they stay beyond the picture, the pixels of its border that are nearest.
        """
        far = self._speed_px_s[layer] * (last_s - first_s) / 2 + 1  # resampling spreads to the next pixel
        patches = [layer.rgba, *layer.shadows]
        corner = np.array([(p.x0, p.y0) for p in patches]) + self._displacement(layer, (first_s + last_s) / 2)
        size = np.array([p.values.shape[1::-1] for p in patches])
        low, high = (corner - far).min(axis=0), (corner + size + far).max(axis=0)
        edge = self.width, self.height
        low = np.clip(np.floor(low), 0, np.subtract(edge, 1)).astype(int)
        high = np.clip(np.ceil(high), low + 1, edge).astype(int)
        return *low.tolist(), *high.tolist()

    def actor_centre(self, actor, t_s):
        """Where the middle of an actor's body is at time t: (x, y) in px."""
        layer = self.actors[actor]
        dx, dy = self._displacement(layer, t_s)
        return layer.centre_px[0] + dx, layer.centre_px[1] + dy

    def render(self, t_s, rows, cols):
        """The light and the actors' coverage at one instant.

        rows, cols: slices with start and stop. Returns Rendered: light float32 (rows, cols, 3) linear, and of each
        actor in the window its whole patch of coverage.
        """
        rendered = self._before(self._far_to_near, t_s, rows, cols)
        light = self._background_at(t_s, rows, cols)
        lay_over(light, rendered.light, cols.start, rows.start, rows, cols)
        return Rendered(light, rendered.coverage)

    def _before(self, layers, t_s, rows, cols):
        """Layers, far to near, before an empty background: light premultiplied by an alpha (rows, cols, 4)."""
        size = rows.stop - rows.start, cols.stop - cols.start
        lit, shown, pose = np.ones(size, np.float32), [], self._pose_at(t_s)
        for layer in layers:
            flow = self._flow_at(layer, pose)
            moved = layer.velocity_px_s[0] * t_s + flow[0], layer.velocity_px_s[1] * t_s + flow[1]
            for shadow in layer.shadows:
                lay_shadow(lit, shadow, *moved, rows, cols)
            if self._reaches(layer.rgba, *moved, rows, cols):
                shown.append((layer, flow, moved))
        light, coverage = np.zeros((*size, 4), np.float32), []
        np.subtract(1, lit, out=light[..., 3])
        for layer, flow, moved in shown:
            rgba, x0, y0 = layer.rgba.at(*moved)
            behind = self._hidden_share(layer, rgba.shape, x0 - round(flow[0]), y0 - round(flow[1]))
            silhouette = np.ascontiguousarray(rgba[..., 3])
            if behind is not None:
                rgba = rgba * cv2.merge([1 - behind] * 4)
            lay_over(light, rgba, x0, y0, rows, cols)
            _hide(coverage, rgba[..., 3], x0, y0)
            if layer.person:
                coverage.append(Coverage(self._number_of[layer], y0, x0, silhouette, rgba[..., 3].copy()))
        return Rendered(light, coverage)

    @cached_property
    def _number_of(self):
        return {layer: number for number, layer in enumerate(self.actors)}

    def _reaches(self, patch, dx_px, dy_px, rows, cols):
        """Whether a patch moved by (dx, dy) touches the window, which goes on beyond the picture's borders."""
        h, w = patch.values.shape[:2]
        left, top = patch.x0 + dx_px, patch.y0 + dy_px
        return (
            (rows.start == 0 or top + h + 1 > rows.start)
            and (rows.stop == self.height or top < rows.stop)
            and (cols.start == 0 or left + w + 1 > cols.start)
            and (cols.stop == self.width or left < cols.stop)
        )

    def _displacement(self, layer, t_s):
        dx, dy = self._flow_at(layer, self._pose_at(t_s))
        return layer.velocity_px_s[0] * t_s + dx, layer.velocity_px_s[1] * t_s + dy

    def _hidden_share(self, layer, shape, x0, y0):
        """Where the background (walls, things) stands before a layer's patch: float32 (h, w), or None where nowhere.

        What hides moves with the camera only: (x0, y0) is where the camera has moved the patch from.
        """
        meeting = overlap(x0, y0, shape, slice(0, self.height), slice(0, self.width))
        if meeting is None:
            return None
        inside, window = meeting
        before = layer.depth_m * ROW_OF_GROUND - HALF_STRIDE_M
        nearer = self.background_depth_m[window] < np.float32(before)
        if not nearer.any():
            return None
        hidden = np.zeros(shape[:2], np.float32)
        hidden[inside] = nearer
        return hidden

    def _pose_at(self, t_s):
        """The camera's pose, None for one that stands still."""
        return None if self.motion.is_still else self.motion.pose(self.view.focal_px, t_s)

    def _flow_at(self, layer, pose):
        return (0.0, 0.0) if pose is None else (pose @ self._flow_of[layer]).tolist()

    @cached_property
    def _flow_of_layers(self):
        """The flow of every layer's centre by a unit of each number of the camera's pose: (6, 2, layers)."""
        x, y = np.array([layer.centre_px for layer in self.layers]).reshape(-1, 2).T
        depth_m = np.array([layer.depth_m for layer in self.layers])
        return flow_by_pose(x - self.width / 2, y - self.height / 2, depth_m, self.view.focal_px)

    @cached_property
    def _flow_of(self):
        """The same by layer: (6, 2)."""
        return dict(zip(self.layers, np.moveaxis(self._flow_of_layers, 2, 0), strict=True))

    @cached_property
    def _flow_of_background(self):
        """The same of the middles of cells of the picture and of one cell around it: float32 (6, 2, rows, cols)."""
        x, y = (FLOW_CELL_PX * (np.arange(-(-size // FLOW_CELL_PX) + 2) - 0.5) for size in (self.width, self.height))
        nearest = np.ix_(*(np.clip(at.astype(int), 0, size - 1) for at, size in ((y, self.height), (x, self.width))))
        depth_m, focal_px = self.background_depth_m[nearest], self.view.focal_px
        flow = flow_by_pose(x - self.width / 2, y[:, None] - self.height / 2, depth_m, focal_px)
        return flow.astype(np.float32)

    def _background_at(self, t_s, rows, cols):
        """Its light in a window at one time, or at a time for every pixel: (rows, 1), (1, cols) or (rows, cols)."""
        if self.motion.is_still or not np.any(t_s):
            return self.background[rows, cols].copy()
        # The flow is smooth: it is known in the middles of cells, and resized to pixels.
        (top, bottom), (left, right) = _cells(rows), _cells(cols)
        x = FLOW_CELL_PX * (np.arange(left, right, dtype=np.float32) - 0.5) - 0.5
        y = FLOW_CELL_PX * (np.arange(top, bottom, dtype=np.float32) - 0.5) - 0.5
        pose = self._pose_at(_at_cells(np.atleast_2d(t_s), y - rows.start, x - cols.start)).astype(np.float32)
        dx, dy = (pose[:, None] * self._flow_of_background[:, :, top:bottom, left:right]).sum(axis=0)
        size = FLOW_CELL_PX * (right - left), FLOW_CELL_PX * (bottom - top)
        window = _shift(rows, FLOW_CELL_PX * (1 - top)), _shift(cols, FLOW_CELL_PX * (1 - left))
        map_x, map_y = (cv2.resize(source, size)[window] for source in (x - dx, y[:, None] - dy))
        return cv2.remap(self.background, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def _cells(window):
    """First and last + 1 of the cells whose middles are around all pixels of a window; cell 1 begins at pixel 0."""
    half = FLOW_CELL_PX // 2
    return (window.start + half) // FLOW_CELL_PX, -(-(window.stop + half) // FLOW_CELL_PX) + 1


def _at_cells(t_s, y, x):
    """Times (rows, cols) at the pixels nearest to the middles (y, x) of cells; an axis of length 1 stays so."""
    for axis, at in enumerate((y, x)):
        if t_s.shape[axis] > 1:
            t_s = t_s.take(np.clip(at.astype(int), 0, t_s.shape[axis] - 1), axis)
    return t_s


def _shift(window, by):
    return slice(window.start + by, window.stop + by)


def _hide(coverage, alpha, x0, y0):
    """Take from what is seen of the farther actors what a nearer layer covers."""
    for far in coverage:
        h, w = far.visible.shape
        meeting = overlap(x0, y0, alpha.shape, slice(far.y0, far.y0 + h), slice(far.x0, far.x0 + w))
        if meeting:
            inside, window = meeting
            far.visible[window] *= 1.0 - alpha[inside]
