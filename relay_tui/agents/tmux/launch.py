"""Run inside a new pane: read what to start from a private file, delete the file, become the program.

The program's arguments and environment come through a file that only the user can read, never through the command
line: what tmux is given on a command line or with `-e` stays visible in `ps`, `show-environment` and the pane's start
command. Because this process *becomes* the program, no shell is behind it that could run what is typed too late.

It is run as a script by an interpreter without site packages (about 10 ms), so it imports nothing of ours.
"""

from __future__ import annotations

import json
import os
import sys

NOT_STARTED = 127
"""Exit status when the program could not be started, as a shell has it."""


def main(path: str) -> int:
    """Become the program that the file at `path` describes; return only when that fails."""
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        order = json.load(file)
    # From here on the launcher of the pane knows that the order was read.
    os.unlink(path)
    environment = dict(order["env"])
    # The terminal is the pane's, not the one that we were started in.
    for name in ("TERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION"):
        environment.pop(name, None)
        if name in os.environ:
            environment[name] = os.environ[name]
    environment.pop("TMUX", None)
    environment.pop("TMUX_PANE", None)
    environment["PWD"] = order["cwd"]
    argv = order["argv"]
    try:
        os.chdir(order["cwd"])
        os.execvpe(argv[0], argv, environment)
    except OSError as error:
        sys.stderr.write(f"{argv[0]}: {error.strerror or error}\n")
    return NOT_STARTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
