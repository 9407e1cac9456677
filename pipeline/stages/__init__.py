"""One module per stage of dvc.yaml: `python -m pipeline.stages.<stage> [name]`."""
