"""Policy as data: an ordered list of rules in TOML. The first rule that matches decides; a malformed file denies.

[[rule]]
name = "previews need a person"
action = "deploy.*"       # shell-style pattern; default "*"
caller = "builder"        # pattern over the caller's name; default "*"
verdict = "ask"           # allow, ask or deny
reason = "it is visible outside"
"""

from __future__ import annotations

import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from relay_tui.core.record import record

Verdict = Literal["allow", "ask", "deny"]


class Rule(BaseModel):
    """One rule. Patterns are shell-style and match the whole name."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    name: str = Field(min_length=1, max_length=200)
    action: str = "*"
    caller: str = "*"
    verdict: Verdict
    reason: str = ""

    def matches(self, action: str, caller: str) -> bool:
        return fnmatchcase(action, self.action) and fnmatchcase(caller.lower(), self.caller.lower())


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", defer_build=True)
    rule: list[Rule] = Field(default_factory=list[Rule])


@record(frozen=True)
class Ruling:
    """What policy says of one request: the verdict, the rule that gave it, and why."""

    verdict: Verdict
    rule: str
    reason: str


DEFAULT = Rule.model_construct(name="default", verdict="ask", reason="no rule allows it, so a person decides")


@record(frozen=True)
class Policy:
    rules: tuple[Rule, ...] = ()
    fault: str = ""
    """Why the file could not be used; then everything is denied. Empty: it was fine, or there is none."""

    def rule_on(self, action: str, caller: str) -> Ruling:
        if self.fault:
            return Ruling("deny", "policy file", f"the policy cannot be read, so nothing is allowed: {self.fault}")
        rule = next((rule for rule in self.rules if rule.matches(action, caller)), DEFAULT)
        return Ruling(rule.verdict, rule.name, rule.reason)


def load(path: Path) -> Policy:
    """The policy in a file. No file is the default policy (ask); a file that cannot be used denies everything."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return Policy()
    except (OSError, UnicodeDecodeError) as error:
        return Policy(fault=f"{path.name}: {error}")
    return parse(text, path.name)


def parse(text: str, name: str = "policy.toml") -> Policy:
    try:
        return Policy(tuple(_File.model_validate(tomllib.loads(text)).rule))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return Policy(fault=f"{name}: {place}: {first['msg']}")
    except (ValueError, RecursionError) as error:  # of tomllib: also a number too long, and what is nested too deep
        return Policy(fault=f"{name}: {error}")
