"""The budget, measured: `uv run python -m tests.bench`. Ratios within one run count, for machines differ.

What is measured, its model and its readers are processes of their own; costs are the CPU time of the one process that
is measured. A token is a delta of the model that reached a viewer as text.
"""
