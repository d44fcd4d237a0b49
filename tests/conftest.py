"""Where tests put their files, and how far property tests look.

Property tests take the same examples on every run, or with `--hypothesis-profile=explore` ever new ones. What random
finds on one run in fifty must not stop a change that has nothing to do with it; so it is looked for on purpose, and
each finding becomes a test of its own. A slow machine is no finding.
"""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import HealthCheck, settings

_SLOW = [HealthCheck.too_slow]
settings.register_profile("repeatable", derandomize=True, deadline=None, print_blob=True, suppress_health_check=_SLOW)
settings.register_profile("explore", max_examples=2_000, deadline=None, print_blob=True, suppress_health_check=_SLOW)
settings.load_profile("repeatable")

ROOM = 4 * 2**30
"""Bytes that must be free in memory before files are put there."""


def in_memory() -> str | None:
    """A folder in memory; None: there is none with room, from which programs can be started.

    How long a disk takes to have something for certain is measured in `tests/bench`; here it is only waited for.
    """
    folder = Path("/dev/shm")
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    usable = os.access(folder, os.W_OK) and not found.f_flag & os.ST_NOEXEC
    return str(folder) if usable and found.f_bavail * found.f_frsize > ROOM else None


if (_folder := in_memory()) is not None:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", _folder)  # where `tmp_path` begins
