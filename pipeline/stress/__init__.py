"""Real frames photographed again by a camera that shakes, sees little light or saves space: what that costs in recall.

The frames are the light of a second exposure; they are no longer real frames. They are measured on, never learned
from, and the gate does not look at them.
"""
