"""How sure a number is, what realism bought, and how alike two sets of pictures are."""
