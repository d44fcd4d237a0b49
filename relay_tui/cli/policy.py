"""`relay-tui policy`: what may happen without a person, which rule decides, and what a changed file would have decided.

Reads the files of the workspace only, so it works beside a relay that runs and without one. A relay reads its policy
when it starts.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relay_tui.cli.log_file import log_of, readable
from relay_tui.cli.up import add_workspace
from relay_tui.core.errors import Refused
from relay_tui.core.text import visible

if TYPE_CHECKING:
    from relay_tui.core.policy.replay import Asked, Difference
    from relay_tui.core.policy.rules import Policy, Ruling

Json = dict[str, Any]
OK, FAILED = 0, 1


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("policy", help="what may happen without you, and which rule decides",
                                 description=__doc__)  # fmt: skip
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    _verb(verbs, "show", "the rules in their order; the first that matches decides", _show)
    check = _verb(
        verbs, "check", "whether a file is a policy, and what of the log it would have decided otherwise", _check
    )
    check.add_argument("file", type=Path, nargs="?", help="default: the workspace's own")
    explain = _verb(verbs, "explain", "which rule decides a request", _explain)
    explain.add_argument("action", metavar="ACTION", help="an action's name, or the id of a request or invocation")
    explain.add_argument("--by", default="", metavar="AGENT", help="who asks for it")


def _verb(verbs: Any, name: str, words: str, ask: Callable[[argparse.Namespace], Json]) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")
    add_workspace(parser, default=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="the answer as JSON")
    parser.set_defaults(run=lambda args: _run(args, ask))
    return parser


def _run(args: argparse.Namespace, ask: Callable[[argparse.Namespace], Json]) -> int:
    answer = ask(args)
    print(json.dumps(answer) if args.json else "\n".join(visible(line, keep="") for line in _in_words(answer)))
    return FAILED if answer["fault"] else OK


def _show(args: argparse.Namespace) -> Json:
    from relay_tui.core.policy.rules import DEFAULT, load

    path = _file(args)
    policy = load(path)
    rules = [rule.model_dump() for rule in (*policy.rules, DEFAULT)] if not policy.fault else []
    return {"file": str(path), "there": path.exists(), "fault": policy.fault, "rules": rules}


def _check(args: argparse.Namespace) -> Json:
    path: Path = args.file or _file(args)
    policy = _policy(path)
    found: list[Difference] = []
    looked = 0
    if not policy.fault:
        from relay_tui.core.policy.replay import differences

        with readable(log_of(args)) as db:
            asked = list(_asked(db))
        looked, found = len(asked), list(differences(asked, policy))
    return {
        "file": str(path),
        "fault": policy.fault,
        "looked": looked,
        "differences": [_difference(one) for one in found],
    }


def _explain(args: argparse.Namespace) -> Json:
    policy = _policy(_file(args))
    with readable(log_of(args)) as db:
        if args.action.isdecimal():
            asked = _request(db, args.action)
        else:
            if not args.by:
                raise Refused("invalid_request", "Who asks for it is missing.", "Add --by AGENT.")
            if not db.execute("SELECT 1 FROM agents WHERE name = ? COLLATE NOCASE", (args.by,)).fetchone():
                raise Refused("agent_not_found", f"There is no agent called {args.by}.")
            asked = None
    action, caller = (args.action, args.by) if asked is None else (asked.action, asked.caller)
    now = _ruling(policy.rule_on(action, caller))
    was = _ruling(asked.was) if asked is not None else None
    return {"action": action, "caller": caller, "now": now, "was": was, "fault": policy.fault}


def _file(args: argparse.Namespace) -> Path:
    from relay_tui.core.relay import POLICY_NAME

    return log_of(args).with_name(POLICY_NAME)


def _policy(path: Path) -> Policy:
    from relay_tui.core.policy.rules import load

    return load(path)


_REQUESTS = (
    "SELECT l.seq, l.at, json_extract(l.data, '$.invocation_id'), json_extract(l.data, '$.action'), a.name,"
    " json_extract(l.data, '$.verdict'), json_extract(l.data, '$.rule'), json_extract(l.data, '$.reason')"
    " FROM log AS l JOIN agents AS a ON a.id = l.actor WHERE l.type = 'action.invoked' AND l.withheld IS NULL"
)


def _asked(db: sqlite3.Connection, more: str = "", values: tuple[object, ...] = ()) -> Iterator[Asked]:
    """Every request that the log holds, with what was ruled then."""
    from relay_tui.core.policy.replay import Asked
    from relay_tui.core.policy.rules import Ruling

    for seq, at, id, action, caller, verdict, rule, reason in db.execute(f"{_REQUESTS}{more} ORDER BY l.seq", values):
        yield Asked(seq, at, str(id), action, caller, Ruling(verdict, rule, reason))


def _request(db: sqlite3.Connection, id: str) -> Asked:
    """By the id of an approval or an invocation. Raises `Refused` (invocation_not_found)."""
    row = db.execute("SELECT invocation_id FROM approvals WHERE id = ?", (id,)).fetchone()
    wanted = str(row[0]) if row else id
    for found in _asked(db, " AND json_extract(l.data, '$.invocation_id') = ?", (wanted,)):
        return found
    raise Refused("invocation_not_found", f"Nothing was asked for under the id {id}.",
                  "`relay-tui approvals history` shows ids.")  # fmt: skip


def _ruling(ruling: Ruling) -> Json:
    return {"verdict": ruling.verdict, "rule": ruling.rule, "reason": ruling.reason}


def _difference(found: Difference) -> Json:
    from relay_tui.core.clock import iso

    asked = found.asked
    return {
        "seq": asked.seq,
        "at": iso(asked.at),
        "invocation_id": asked.invocation_id,
        "action": asked.action,
        "caller": asked.caller,
        "was": _ruling(asked.was),
        "would": _ruling(found.would),
        "other_verdict": found.other_verdict,
    }


def _in_words(answer: Json) -> Iterator[str]:
    from relay_tui.cli.wording import time

    if answer["fault"]:
        yield f"Everything is denied: {answer['fault']}"
    if "rules" in answer:
        yield answer["file"] if answer["there"] else f"{answer['file']} is not there: every action is asked for."
        for number, rule in enumerate(answer["rules"], 1):
            what = f"{rule['verdict']:<5}  {rule['action']} by {rule['caller']}"
            yield f"{number:>3}  {what}  {rule['name']}  {rule['reason']}".rstrip()
    elif "differences" in answer:
        for one in answer["differences"]:
            yield f"{one['seq']:>8}  {time(one['at'])}  {one['caller']}  {one['action']}"
            yield f"          was {_said(one['was'])}; would be {_said(one['would'])}"
        changed = sum(one["other_verdict"] for one in answer["differences"])
        if not answer["fault"]:
            yield f"Of {answer['looked']} requests {changed} would have had another verdict."
    else:
        yield f"{answer['caller']} asks for {answer['action']}: {_said(answer['now'])}"
        if answer["was"] and answer["was"] != answer["now"]:
            yield f"  when it was asked: {_said(answer['was'])}"


def _said(ruling: Json) -> str:
    reason = f" ({ruling['reason']})" if ruling["reason"] else ""
    return f"{ruling['verdict']} by {ruling['rule']}{reason}"
