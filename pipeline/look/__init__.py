"""A trained detector on one's own pictures: what `python -m pipeline.detect` runs. No stage depends on it."""
