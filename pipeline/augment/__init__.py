"""Training-time augmentations, one per file: sampling apart from applying, image and boxes alike."""
