"""How well a detector finds people, how sure we are of it, and how much realism bought."""
