"""Which augmentations help? A search on a proxy, and whether what it finds still helps at full size."""
