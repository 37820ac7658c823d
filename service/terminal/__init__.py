"""`pressroom write`: the same flows without a server, at a desk in memory, seen in the terminal."""
