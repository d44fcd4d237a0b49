"""A program for a pane that reports every byte it is given: `sink.py SOCKET [echo]`. It asks for bracketed pastes.

It sends `ready` and then, as they come, the raw bytes of its terminal over the socket. Over the same socket it takes
lines: `exit 3`, `print TEXT`. With `echo` it shows what is typed, and clears its screen on Enter, as an agent does.
"""

from __future__ import annotations

import os
import re
import select
import socket
import sys
import tty


def main(path: str, echo: bool) -> int:
    tty.setraw(0)
    link = socket.socket(socket.AF_UNIX)
    link.connect(path)
    # The answer to the cursor question proves that the terminal has read all that stands before it.
    os.write(1, b"\x1b[?2004h\x1b[6n")
    answer = b""
    while not answer.endswith(b"R"):
        answer += os.read(0, 1024)
    link.sendall(b"ready")
    while True:
        readable, _, _ = select.select([0, link], [], [])
        if link in readable:
            order = link.recv(65536).decode()
            if not order:
                return 0
            verb, _, rest = order.strip().partition(" ")
            if verb == "exit":
                return int(rest)
            os.write(1, rest.encode().decode("unicode_escape").encode("latin-1"))
            # As above: only now is it on the screen.
            os.write(1, b"\x1b[6n")
            while not os.read(0, 1024).endswith(b"R"):
                pass
            link.sendall(b"printed")
        if 0 in readable:
            data = os.read(0, 65536)
            link.sendall(data)
            if echo and b"\r" in data:
                os.write(1, b"\x1b[2J\x1b[Hworking")
            elif echo:
                os.write(1, re.sub(rb"\x1b\[20[01]~", b"", data).replace(b"\n", b"\r\n"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "echo" in sys.argv[2:]))
