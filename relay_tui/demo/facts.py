"""What a release is about: one bug, one flag and the numbers around them, picked by the seed."""

from __future__ import annotations

import random
from typing import Any

VERSION = "0.9.1"
TEAM_SITE = "preview.tagger.example"

_BUGS = (
    {
        "title": "a file with two BOMs loses its first tag",
        "topic": "two BOMs",
        "module": "src/tagger/lexer.py",
        "test": "tests/test_lexer.py",
        "shape": "two BOMs right before the first tag",
        "cause": "The lexer strips one BOM and reads the second as part of the name.",
        "fix": "BOMs go before the first token, however many there are",
        "second": "a BOM after a blank line",
        "fix2": "it looks at every line start now, not only the first",
        "remark": "`strip_bom` runs for every token. Once per file is enough, isn't it?",
        "remedy": "Once per file now, and the benchmark is back where it was.",
    },
    {
        "title": "line numbers are off by one after a CRLF",
        "topic": "CRLF lines",
        "module": "src/tagger/reader.py",
        "test": "tests/test_reader.py",
        "shape": "three CRLF lines and a tag on the fourth",
        "cause": "The reader takes a CRLF for two line ends.",
        "fix": "a line end counts once, whatever it is made of",
        "second": "a lone CR in the middle of a line",
        "fix2": "a lone CR ends a line too",
        "remark": "Two modules know what a line end is now. Could the reader ask `lines.py`?",
        "remedy": "One place now: the reader asks `lines.py`.",
    },
    {
        "title": "a closing tag inside a comment closes the outer one",
        "topic": "tags in comments",
        "module": "src/tagger/parser.py",
        "test": "tests/test_parser.py",
        "shape": "a closing tag in a comment, two levels deep",
        "cause": "Comments are dropped after matching, so their tags still count.",
        "fix": "comments go first, then tags are matched",
        "second": "a comment that never ends",
        "fix2": "a comment left open is an error of its own",
        "remark": "The error for an open comment names no line. People will go looking for it.",
        "remedy": "It names the line where the comment began.",
    },
    {
        "title": "a renamed file keeps its old tags until a restart",
        "topic": "renamed files",
        "module": "src/tagger/index.py",
        "test": "tests/test_index.py",
        "shape": "rename a file, then ask for its tags at once",
        "cause": "The index goes by path, and nobody tells it about renames.",
        "fix": "the index goes by inode, so a rename drops the old entry",
        "second": "a file moved to another disk",
        "fix2": "without a known inode it falls back to the path",
        "remark": "An inode can be used again within a second. What happens then?",
        "remedy": "Inode and mtime together now, with a test for exactly that.",
    },
)
_FLAGS = (
    {
        "flag": "--strict",
        "page": "docs/strict.md",
        "question": "what does `--strict` do with an unknown tag, warn or fail?",
        "answer": "It fails: exit code 2, and it names the line. Without the flag it stays a warning.",
        "example": "an example that fails on purpose",
    },
    {
        "flag": "--jobs",
        "page": "docs/jobs.md",
        "question": "are the results in the same order with `--jobs 8`?",
        "answer": "Yes, they are sorted by path at the end. That costs about 2 percent.",
        "example": "a table of timings",
    },
    {
        "flag": "--since",
        "page": "docs/since.md",
        "question": "does `--since` go by commit date or by author date?",
        "answer": "By commit date: a rebase moves that one, so nothing is missed.",
        "example": "one example per unit",
    },
)


def facts_of(seed: int) -> dict[str, Any]:
    """Names, numbers and sentences for the templates of the script."""
    rng = random.Random(f"{seed}:facts")
    tests = rng.randrange(190, 330)
    facts: dict[str, Any] = {**rng.choice(_BUGS), **rng.choice(_FLAGS)}
    facts |= {
        "version": VERSION,
        "Second": facts["second"][0].upper() + facts["second"][1:],
        "tests": tests,
        "more_tests": tests + 2,
        "lines": rng.randrange(38, 96),
        "seconds": rng.randrange(21, 58),
    }
    facts |= {f"c{number}": f"{rng.getrandbits(28):07x}" for number in range(4)}
    return facts


def preview_url(commit: str) -> str:
    """Where `deploy.preview` puts a commit."""
    return f"https://{TEAM_SITE}/{commit}"
