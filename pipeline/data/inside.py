"""Boxes that reach over the edge of their picture: by rounding or by counting from another pixel, they are cut."""

from dataclasses import dataclass

from pipeline.data.coco_set import Image
from pipeline.data.problems import Problems

OVERHANG_PX = 1.0  # of a set that counts its pixels from another number
UNTOLD_PX = 0.01  # what rounding may put outside the image
Box = tuple[float, float, float, float]


@dataclass
class Overhang:
    """How many boxes were cut, and the most that was cut off."""

    boxes: int = 0
    worst_px: float = 0.0

    def cut(self, box: Box, image: Image, where: str, problems: Problems) -> Box | None:
        """The part of an xyxy box [px] inside its image; None, and a problem, if it is empty or far outside."""
        x0, y0, x1, y1 = box
        if x1 <= x0 or y1 <= y0:
            xywh = f"{x1 - x0:.6g} x {y1 - y0:.6g} px"
            problems.add(where, "a box with positive width and height", xywh, "correct or remove it")
            return None
        over_px = max(-x0, -y0, x1 - image.width, y1 - image.height)
        inside = (max(x0, 0.0), max(y0, 0.0), min(x1, float(image.width)), min(y1, float(image.height)))
        if over_px > OVERHANG_PX or inside[2] <= inside[0] or inside[3] <= inside[1]:
            expected = f"a box inside the {image.width} x {image.height} px of {image.file_name}"
            problems.add(where, expected, "edges {:.6g} {:.6g} {:.6g} {:.6g}".format(*box), "clip or remove it")
            return None
        if over_px > UNTOLD_PX:
            self.boxes += 1
            self.worst_px = max(self.worst_px, over_px)
        return inside

    def notes(self) -> list[str]:
        """What to tell the user."""
        if not self.boxes:
            return []
        return [f"{self.boxes} boxes reached over their picture's edge, by up to {self.worst_px:.3g} px: cut"]
