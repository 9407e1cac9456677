"""What it costs to draw a training batch, and how long training waits for it."""
