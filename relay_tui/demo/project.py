"""The project that the swarm works on: a folder that looks like one, so that an opened pane makes sense."""

from __future__ import annotations

from pathlib import Path

_FILES = {
    "README.md": "# tagger\n\nFinds tags in text files and says where they are.\n",
    "CHANGELOG.md": "# Changes\n\n## 0.9.1\n\n## 0.9.0\n\n- Tags may hold dashes.\n",
    "pyproject.toml": '[project]\nname = "tagger"\nversion = "0.9.1.dev0"\nrequires-python = ">=3.10"\n',
    "src/tagger/__init__.py": '"""Finds tags in text files."""\n',
    "src/tagger/cli.py": '"""The command line."""\n',
    "src/tagger/lexer.py": '"""Text to tokens."""\n\nBOM = "\\ufeff"\n',
    "src/tagger/reader.py": '"""Files to text, line by line."""\n',
    "src/tagger/lines.py": '"""What a line end is."""\n',
    "src/tagger/parser.py": '"""Tokens to tags, matched."""\n',
    "src/tagger/index.py": '"""Which file has which tags."""\n',
    "tests/test_lexer.py": "def test_one_tag() -> None:\n    assert True\n",
    "tests/test_reader.py": "def test_one_line() -> None:\n    assert True\n",
    "tests/test_parser.py": "def test_one_pair() -> None:\n    assert True\n",
    "tests/test_index.py": "def test_one_file() -> None:\n    assert True\n",
    "docs/index.md": "# tagger\n\nStart here.\n",
    "docs/plan.md": "# Plan\n\n1. The bug\n2. The flag\n3. The page\n",
}


def write_project(folder: Path) -> None:
    """Fill `folder`, which need not exist."""
    for name, text in _FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
