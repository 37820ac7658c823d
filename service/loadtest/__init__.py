"""The load test: many articles and viewers of a running Pressroom, over nothing but HTTP.

A `plan` says what is done, `load` does it, each of its viewers is a `watcher`, what they find goes into `findings`,
of which `table` and `page` make reports. `own` starts a server and a model to try it on.
"""
