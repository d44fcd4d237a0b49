"""How far property tests look: the same examples on every run, or with `--hypothesis-profile=explore` ever new ones.

What random finds on one run in fifty must not stop a change that has nothing to do with it; so it is looked for on
purpose, and each finding becomes a test of its own.
"""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("explore", max_examples=2_000, deadline=None, print_blob=True)
settings.load_profile("repeatable")
