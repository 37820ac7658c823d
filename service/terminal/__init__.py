"""`pressroom write`: the same flows without a server, with a desk in memory, shown in the terminal."""
