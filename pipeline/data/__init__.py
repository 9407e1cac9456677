"""Data at the edges of the experiment: real frames in, COCO in and out, atomic files."""
