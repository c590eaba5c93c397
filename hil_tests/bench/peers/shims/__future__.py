"""What the peers import from it."""

division = None
