"""Learning curves: recall on real frames against how many synthetic images, or real frames, were learned from."""
