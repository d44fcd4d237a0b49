"""`relay-tui completion`: a script that completes commands and options in a shell, made from the parser."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from relay_tui.cli.tree import Node, Option, tree

PROGRAM = "relay-tui"
_BASH = """\
# Completion of {program} for bash: source <({program} completion bash)
_relay_tui() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} last="" at="" skip="" word i words=""
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${{COMP_WORDS[i]}} last=""
        if [[ -n $skip ]]; then skip=""; continue; fi
        case "$at $word" in {valued}) skip=1 last=$word; continue ;; esac
        case "$at/$word" in {paths}) at="$at/$word" ;; esac
    done
    if [[ -n $skip ]]; then
        case "$at $last" in
{values}
        esac
        COMPREPLY=($(compgen -W "$words" -- "$current"))
        return
    fi
    case "$at" in
{commands}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -F _relay_tui {program}
"""
_ZSH = """\
#compdef {program}
# Completion of {program} for zsh: source <({program} completion zsh), or as _{program} in a folder of $fpath
_relay_tui() {{
    local at='' last='' skip='' word
    local -a commands options values
    local -i i
    for (( i = 2; i < CURRENT; i++ )); do
        word=${{words[i]}} last=''
        if [[ -n $skip ]]; then skip=''; continue; fi
        case "$at $word" in {valued}) skip=1 last=$word; continue ;; esac
        case "$at/$word" in {paths}) at="$at/$word" ;; esac
    done
    if [[ -n $skip ]]; then
        case "$at $last" in
{values}
        esac
        (( $#values )) && _describe -t values value values
        return
    fi
    case "$at" in
{commands}
    esac
    (( $#commands )) && _describe -t commands command commands
    _describe -o -t options option options
}}
if [[ ${{funcstack[1]}} = _relay_tui ]]; then _relay_tui "$@"; else compdef _relay_tui {program}; fi
"""
_FISH = """\
# Completion of {program} for fish: {program} completion fish | source
function __relay_tui_at --description 'whether the command so far is the one given'
    set -l at ''
    set -l skip ''
    for word in (commandline -opc)[2..-1]
        if test -n "$skip"
            set skip ''
            continue
        end
        switch "$at $word"
            case {valued}
                set skip 1
                continue
        end
        switch "$at/$word"
            case {paths}
                set at "$at/$word"
        end
    end
    test "$at" = "$argv[1]"
end
complete -c {program} -f
{commands}
"""


def add_parser(commands: Any, root: argparse.ArgumentParser) -> None:
    parser = commands.add_parser("completion", help="complete commands and options in a shell", description=__doc__)
    parser.add_argument("shell", choices=list(SCRIPTS))

    def run(args: argparse.Namespace) -> int:
        print(script(args.shell, tree(root)), end="")
        return 0

    parser.set_defaults(run=run)


def script(shell: str, root: Node) -> str:
    return SCRIPTS[shell](root)


def _bash(root: Node) -> str:
    values: list[str] = []
    commands: list[str] = []
    for node in root.walk():
        for option in node.options:
            does = f"words={_quoted(' '.join(option.choices))}" if option.choices else ""
            if option.files:
                does = f"compopt -o {'dirnames' if option.files == 'folder' else 'default'}"
            if does:
                values.append(f"        {_named(node, option)}) {does} ;;")
        offered = [*(child.words[-1] for child in node.children), *node.choices, *_names(node)]
        files = "compopt -o default; " if node.files else ""
        commands.append(f"        {_quoted(node.path)}) {files}words={_quoted(' '.join(offered))} ;;")
    return _filled(_BASH, root, values, commands)


def _zsh(root: Node) -> str:
    values: list[str] = []
    commands: list[str] = []
    for node in root.walk():
        for option in node.options:
            does = f"values=({' '.join(map(_quoted, option.choices))})" if option.choices else ""
            if option.files:
                does = "_files -/" if option.files == "folder" else "_files"
            if does:
                values.append(f"        {_named(node, option)}) {does} ;;")
        offered = [(child.words[-1], child.help) for child in node.children] + [(one, "") for one in node.choices]
        shown = " ".join(_described(name, words) for name, words in offered)
        options = " ".join(_described(name, option.help) for option in node.options for name in option.names)
        files = "; _files" if node.files else ""
        commands.append(f"        {_quoted(node.path)}) commands=({shown}) options=({options}){files} ;;")
    return _filled(_ZSH, root, values, commands)


def _fish(root: Node) -> str:
    commands: list[str] = []
    for node in root.walk():
        begin = f"complete -c {PROGRAM} -n {_quoted(f'__relay_tui_at {_quoted(node.path)}')}"
        for child in node.children:
            commands.append(f"{begin} -a {child.words[-1]} -d {_quoted(_plain(child.help))}")
        if node.choices:
            commands.append(f"{begin} -a {_quoted(' '.join(node.choices))}")
        if node.files:
            commands.append(f"{begin} -F")
        for option in node.options:
            names = " ".join(f"-l {one[2:]}" if one.startswith("--") else f"-s {one[1:]}" for one in option.names)
            kind = " -x" if option.takes_value else ""
            if option.choices:
                kind += f" -a {_quoted(' '.join(option.choices))}"
            elif option.files == "folder":
                kind += " -a '(__fish_complete_directories)'"
            elif option.files:
                kind = " -r -F"
            commands.append(f"{begin} {names}{kind} -d {_quoted(_plain(option.help))}")
    return _filled(_FISH, root, [], commands, between=" ")


def _filled(template: str, root: Node, values: Iterable[str], commands: Iterable[str], between: str = "|") -> str:
    nodes = list(root.walk())
    valued = [_quoted(f"{node.path} {name}") for node in nodes for one in node.options if one.takes_value
              for name in one.names]  # fmt: skip
    return template.format(
        program=PROGRAM,
        valued=between.join(valued),
        paths=between.join(_quoted(node.path) for node in nodes if node.words),
        values="\n".join(values),
        commands="\n".join(commands),
    )


def _names(node: Node) -> list[str]:
    return [name for option in node.options for name in option.names]


def _named(node: Node, option: Option) -> str:
    return "|".join(_quoted(f"{node.path} {name}") for name in option.names)


def _described(name: str, words: str) -> str:
    words = _plain(words)
    return _quoted(name.replace(":", "\\:") + (f":{words}" if words else ""))


def _plain(words: str) -> str:
    """As `--help` prints it, where a doubled percent sign is one."""
    return words.replace("%%", "%")


def _quoted(text: str) -> str:
    """For a shell, always in quotes, so that an empty one is there. All three end and begin a string the same way."""
    return "'" + text.replace("'", "'\\''") + "'"


SCRIPTS = {"bash": _bash, "zsh": _zsh, "fish": _fish}
