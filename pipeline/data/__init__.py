"""Data at the edges of the experiment: real frames in, annotated sets in and out, atomic files."""
