"""How far labels can be trusted: what detectors say about frames that they have not learned from."""
