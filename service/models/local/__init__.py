"""Models on this machine: one inside Pressroom, in a process of its own, or a server at its usual port."""
