"""Is a transform safe? What it does to real frames, and to what an expert says about them."""
