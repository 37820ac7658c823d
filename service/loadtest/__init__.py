"""The load test: many articles and viewers of a running server, over HTTP only.

`plan` describes a test and `load` runs it with a `watcher` per viewer. They record `findings`, from which `report`,
`table` and `page` make reports. `own` starts a server and a model for the test.
"""
