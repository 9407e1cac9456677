"""Is a data set what it says, and is the test kept apart from what is learned from? All problems in one report."""
