"""Synthetic scenes in shards: made by processes or a Ray cluster, kept, checked, and read one at a time."""
