"""When augmentation helps and when it hurts: the opt-in stages of lab/dvc.yaml, joined on one page."""
