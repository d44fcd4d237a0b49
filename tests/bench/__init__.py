"""Measurements, side by side with their floors: `python -m tests.bench`. Not collected by pytest, and nothing asserted.

A benchmark is an async function decorated with `benchmark(name)` in a module of this package that does not begin with
an underscore; `__main__` imports them all.
"""
