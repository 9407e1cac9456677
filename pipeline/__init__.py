"""The experiment: from real frames and a parametric camera to a measured gap."""
