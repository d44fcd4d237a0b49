"""Predicates as a person types and reads them. What is read here is checked where it is stored, as any predicate is.

builder becomes idle,blocked            @builder is idle            builder mentioned in #ops by ada
message in #ops from ada contains "ship it"                         builder calls run contains "git push"
action deploy.* failed by builder       action deploy.* asked       delivery of 123 to builder answered
event approval.* by ada in #ops         A or B and not (C or D)     {"kind": "event", …}
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from relay_tui.core.errors import Refused
from relay_tui.core.model import Json
from relay_tui.core.predicates import model as p

EXAMPLES = (
    "builder becomes idle",
    "anyone mentioned in #general",
    'message in #general contains "ship it"',
    'builder calls run contains "git push"',
    "action deploy.* failed",
    "delivery of 123 to builder answered",
    "event approval.*",
)
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([()])|([^\s()"]+)')
_LINKS = ("and", "or")
_PLAIN = re.compile(r"[^\s()\"\\]+")
_ANYONE = ("anyone", "*")
Named = Callable[[str], str]
"""The name of an agent or channel by its id; where there is none, the id."""


@dataclass(slots=True, frozen=True)
class _Token:
    text: str
    quoted: bool = False

    def says(self, *words: str) -> bool:
        return not self.quoted and self.text in words


def read(text: str) -> Json:
    """A predicate as data, from words or from JSON. Raises `Refused` (invalid_predicate)."""
    if text.lstrip().startswith("{"):
        try:
            found: Any = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Refused("invalid_predicate", "That begins as JSON and is none.") from error
        return found
    reader = _Reader(_tokens(text))
    try:
        found = reader.any_of()
    except RecursionError as error:
        raise Refused("invalid_predicate", "It is nested too deeply.") from error
    if reader.left:
        raise _unread(reader.left[0].text)
    return found


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    end = 0
    for match in _TOKEN.finditer(text):
        if text[end : match.start()].strip():
            break
        end = match.end()
        quoted = match[1]
        said = match[2] or match[3] or "" if quoted is None else re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
        found.append(_Token(said, quoted is not None))
    if text[end:].strip():
        raise Refused("invalid_predicate", "A quote is not closed.")
    return found


def _unread(text: str) -> Refused:
    said = f"{text[:60]!r} makes no sense there." if text else "Something is missing at its end."
    return Refused("invalid_predicate", said, f"For example: {', or '.join(EXAMPLES[:4])}.")


class _Reader:
    def __init__(self, tokens: list[_Token]) -> None:
        self.left = tokens

    def any_of(self) -> Json:
        return self._linked("or", "any", self._all_of)

    def _all_of(self) -> Json:
        return self._linked("and", "all", self._unit)

    def _linked(self, word: str, kind: str, part: Callable[[], Json]) -> Json:
        found = [part()]
        while self.left and self.left[0].says(word):
            self.left = self.left[1:]
            found.append(part())
        return found[0] if len(found) == 1 else {"kind": kind, "of": found}

    def _unit(self) -> Json:
        if self._takes("not"):
            return {"kind": "not", "of": self._unit()}
        if self._takes("("):
            found = self.any_of()
            if not self._takes(")"):
                raise Refused("invalid_predicate", "A bracket is not closed.")
            return found
        return self._clause()

    def _takes(self, word: str) -> bool:
        if not self.left or not self.left[0].says(word):
            return False
        self.left = self.left[1:]
        return True

    def _word(self) -> str:
        if not self.left or self.left[0].says(*_LINKS, "(", ")"):
            raise _unread(self.left[0].text if self.left else "")
        token, self.left = self.left[0], self.left[1:]
        return token.text

    def _clause(self) -> Json:
        begin = self.left[0] if self.left else _Token("")
        word = self._word()
        if begin.quoted:
            raise _unread(word)
        match word:
            case "message":
                return self._rest({"kind": "message"}, {"in": "channel", "from": "sender", "contains": "contains"})
            case "event":
                return self._rest({"kind": "event", "type": self._word()}, {"by": "agent", "in": "channel"})
            case "action":
                return self._action()
            case "delivery":
                found = self._rest({"kind": "delivery"}, {"of": "message_id", "to": "agent", "in": "channel"})
                return {**found, "reached": self._word()}
            case _:
                return self._about(word)

    def _action(self) -> Json:
        name, end = self._word(), self._word()
        if end == "asked":
            return self._rest({"kind": "invoked", "action": name}, {"by": "caller"})
        ends = {"kind": "action", "action": name, "ends": end.split(",")}
        return self._rest(ends, {"by": "caller", "of": "invocation_id"})

    def _about(self, who: str) -> Json:
        """What an agent is or does."""
        agent = {"agent": "*" if who in _ANYONE else who}
        verb = self._word()
        match verb:
            case "becomes" | "is":
                return {"kind": "status", **agent, verb: self._word().split(",")}
            case "mentioned":
                return self._rest({"kind": "mention", **agent}, {"in": "channel", "by": "sender"})
            case "calls":
                return self._rest({"kind": "tool", **agent, "tool": self._word()}, {"contains": "contains"})
            case _:
                raise _unread(verb)

    def _rest(self, found: Json, fields: dict[str, str]) -> Json:
        """The clause's own words with what follows each, in any order."""
        if found["kind"] == "message" and self._takes("outside"):
            self._takes("threads")
            found = {**found, "replies": False}
        while self.left and not self.left[0].quoted and (field := fields.get(self.left[0].text)) is not None:
            self.left = self.left[1:]
            value = self._word()
            if field == "contains" or value not in _ANYONE:
                found[field] = value
        return found


def say(predicate: p.Predicate, agent: Named = str, channel: Named = str) -> str:
    """In words, so that `read` gives the same again."""
    match predicate:
        case p.AnyOf():
            return " or ".join(say(part, agent, channel) for part in predicate.of)
        case p.AllOf():
            return " and ".join(_inner(part, agent, channel) for part in predicate.of)
        case p.NotOf():
            return f"not {_inner(predicate.of, agent, channel)}"
        case _:
            return _clause_of(predicate, agent, channel)


def _inner(predicate: p.Predicate, agent: Named, channel: Named) -> str:
    said = say(predicate, agent, channel)
    return f"({said})" if isinstance(predicate, p.AnyOf | p.AllOf) else said


def _clause_of(part: p.Predicate, agent: Named, channel: Named) -> str:
    def who(ref: str) -> str:
        return "anyone" if ref == "*" else f"@{agent(ref.removeprefix('@')).removeprefix('@')}"

    def tail(**fields: str | None) -> str:
        return "".join(f" {name.rstrip('_')} {value}" for name, value in fields.items() if value)

    def place(ref: str | None) -> str:
        return f"#{channel(ref.removeprefix('#')).removeprefix('#')}" if ref else ""

    def by(ref: str | None) -> str:
        return who(ref) if ref else ""

    match part:
        case p.Happens():
            return f"event {part.type}{tail(by=by(part.agent), in_=place(part.channel))}"
        case p.Status():
            verb, states = ("becomes", part.becomes) if part.becomes else ("is", part.is_)
            return f"{who(part.agent)} {verb} {','.join(states)}"
        case p.Mentioned():
            return f"{who(part.agent)} mentioned{tail(in_=place(part.channel), by=by(part.sender))}"
        case p.Said():
            outside = "" if part.replies else " outside threads"
            words = tail(in_=place(part.channel), from_=by(part.sender), contains=_literal(part.contains))
            return f"message{outside}{words}"
        case p.ToolCalled():
            return f"{who(part.agent)} calls {_literal(part.tool)}{tail(contains=_literal(part.contains))}"
        case p.ActionInvoked():
            return f"action {_literal(part.action)} asked{tail(by=by(part.caller))}"
        case p.ActionEnded():
            ends = ",".join(part.ends)
            return f"action {_literal(part.action)} {ends}{tail(by=by(part.caller), of=part.invocation_id)}"
        case p.DeliveryReached():
            to = "" if part.agent == "*" else who(part.agent)
            return f"delivery{tail(of=part.message_id, to=to, in_=place(part.channel))} {part.reached}"
        case _:
            raise AssertionError(f"{part.kind} holds others")


def quoted(text: str) -> str:
    """Bare where it has neither blanks nor signs of its own; empty stays empty."""
    if not text or _PLAIN.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _literal(text: str) -> str:
    """The same for a text that may be a word of this grammar."""
    return f'"{text}"' if text in _LINKS else quoted(text)
