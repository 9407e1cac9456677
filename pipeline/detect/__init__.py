"""A small anchor-free detector that trains from scratch on a CPU in seconds."""
