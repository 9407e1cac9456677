"""Which unlabelled frames to annotate next: those that the detectors are unsure about, no two of them alike."""
