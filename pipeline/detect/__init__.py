"""A small anchor-free person detector that trains from scratch on a CPU in seconds."""
