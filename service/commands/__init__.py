"""What the command line does, a module a command: each loads what it needs, and only when it is given."""
