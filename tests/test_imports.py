"""Who loads what, read from `sys.modules` of a process that imports one module. Contracts say what may be imported;
this says what is."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import relay_tui.client
import relay_tui.core
from relay_tui.tui import screens
from relay_tui.tui.screens import OPENED

SCREEN = {"textual", "rich"}
WEB_SERVER = {"starlette", "uvicorn"}
SCREEN_PARTS = {"rich.markdown", "rich.syntax", "textual.widgets._data_table", "textual.widgets._markdown"}
NETWORK = {"aiohttp", "websockets"}

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

FIRST_PAINT = """
import asyncio, sys
from pathlib import Path
from relay_tui.cli.main import build_parser
from relay_tui.host import Host, find_or_make
from relay_tui.tui.app import RelayApp
from relay_tui.tui.store.store import Store

async def main(folder):
    build_parser(whole=False).parse_args([])
    painted = asyncio.Event()
    async with Host.open(find_or_make(folder, state_home=folder / "state"), operator="ada") as host:
        async def after_paint():
            print(*sorted(sys.modules))
            painted.set()
        async with RelayApp(Store(host), after_paint=after_paint).run_test():
            await painted.wait()

asyncio.run(main(Path(sys.argv[1])))
"""
NOT_FOR_THE_FIRST_PAINT = {
    "libtmux",
    "markdown_it",
    "mcp",
    "pygments",
    "relay_tui.agents.tmux.screen",
    "relay_tui.agents.tmux.server",
    "relay_tui.cli.commands",
    "relay_tui.host.terminals",
    "relay_tui.server.app",
    "relay_tui.tui.widgets.mail_table",
    "watchfiles",
    *(f"relay_tui.tui.screens.{module}" for module in OPENED.values()),
    *SCREEN_PARTS,
    *WEB_SERVER,
    *NETWORK,
}
"""What opens, answers or looks on later: each of them would be waited for at every start."""


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
    assert loaded(LOAD, *modules(relay_tui.client)) & (SCREEN | WEB_SERVER | {"libtmux"}) == set()


def test_running_agents_loads_no_screen() -> None:
    assert "textual" not in loaded(LOAD, "relay_tui.agents.base", "relay_tui.agents.tmux.server")


def test_asking_for_help_loads_no_screen_and_no_web() -> None:
    assert loaded(HELP) & (SCREEN | WEB_SERVER | NETWORK | {"libtmux", "aiosqlite"}) == set()


def test_what_the_first_picture_does_not_show_is_not_loaded_before_it(tmp_path: Path) -> None:
    assert loaded(FIRST_PAINT, str(tmp_path)) & NOT_FOR_THE_FIRST_PAINT == set()


def test_everything_that_is_opened_over_the_deck_is_found_by_its_name() -> None:
    for name in OPENED:
        assert callable(getattr(screens, name))
    with pytest.raises(AttributeError):
        screens.Nonsense  # noqa: B018
