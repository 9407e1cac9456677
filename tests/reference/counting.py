"""How much a scene is asked to render."""


class Counting:
    """A scene that remembers what was asked of it."""

    def __init__(self, scene):
        self.scene, self.width, self.height = scene, scene.width, scene.height
        self.actor_count, self.margin_px = scene.actor_count, scene.margin_px
        self.max_speed_px_s, self.actor_centre = scene.max_speed_px_s, scene.actor_centre
        self.asked = []

    def render(self, t_s, rows, cols):
        self.asked.append((t_s, rows, cols))
        return self.scene.render(t_s, rows, cols)

    @property
    def pixels(self) -> int:
        return sum((rows.stop - rows.start) * (cols.stop - cols.start) for _, rows, cols in self.asked)
