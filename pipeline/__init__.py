"""The experiment: from real frames and a parametric camera to a measured gap."""

from pipeline.instructions import use_common_instructions

use_common_instructions()  # every program of ours comes by here before it imports NumPy
