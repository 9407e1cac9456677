"""How well a detector finds people: detections, matched with the truth, and what they add up to."""
