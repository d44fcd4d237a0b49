"""Who loads what, read from `sys.modules` of a process that imports one module. Contracts say what may be imported;
this says what is."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import pytest

import relay_tui.client
import relay_tui.core

SCREEN = {"textual", "rich"}
WEB_SERVER = {"starlette", "uvicorn"}
NETWORK = {"httpx", "websockets"}

LOAD = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""
HELP = """
import contextlib, io, sys
from relay_tui.cli.main import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    sys.argv[1:] = ["--help"]
    main()
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def loaded(script: str, *arguments: str) -> set[str]:
    """The packages in `sys.modules` after the script."""
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return set(done.stdout.split())


def modules(package: object) -> list[str]:
    path, name = package.__path__, package.__name__  # pyright: ignore[reportAttributeAccessIssue]
    return [name, *(found.name for found in pkgutil.walk_packages(path, f"{name}."))]


@pytest.mark.parametrize("module", modules(relay_tui.core))
def test_no_module_of_the_core_loads_a_screen_tmux_or_the_web(module: str) -> None:
    assert loaded(LOAD, module) & (SCREEN | WEB_SERVER | NETWORK | {"libtmux"}) == set()


def test_the_client_loads_no_screen_and_no_web_server() -> None:
    # httpx brings rich along, for its own command line
    assert loaded(LOAD, *modules(relay_tui.client)) & (WEB_SERVER | {"textual", "libtmux"}) == set()


def test_running_agents_loads_no_screen() -> None:
    assert "textual" not in loaded(LOAD, "relay_tui.agents.base", "relay_tui.agents.tmux.server")


def test_asking_for_help_loads_no_screen_and_no_web() -> None:
    assert loaded(HELP) & (SCREEN | WEB_SERVER | NETWORK | {"libtmux", "aiosqlite"}) == set()
