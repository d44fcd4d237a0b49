"""What a rule does, as a person types and reads it.

send #ops "{agent} is idle"        send @ada look at {message}
notify {agent} asks for {action}   invoke deploy.preview {"branch": "main"}        {"kind": "send", …}
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from relay_tui.core.errors import Refused
from relay_tui.core.model import Json
from relay_tui.core.rules.model import Deed, Invoke, Send

EXAMPLES = ('notify "{agent} is idle"', "send #general {agent} wants {action}", "invoke deploy.preview {}")


def read_deed(text: str) -> Json:
    """A deed as data, from words or from JSON. Raises `Refused` (invalid_rule)."""
    text = text.strip()
    if text.startswith("{"):
        return _object(text)
    verb, _, rest = text.partition(" ")
    rest = rest.strip()
    if verb == "notify" and rest:
        return {"kind": "notify", "text": _bare(rest)}
    target, _, rest = rest.partition(" ")
    rest = rest.strip()
    if verb == "send" and target and rest:
        return {"kind": "send", "to": target, "text": _bare(rest)}
    if verb == "invoke" and target:
        return {"kind": "invoke", "action": target, "input": _object(rest) if rest else {}}
    raise Refused("invalid_rule", "That is nothing a rule can do.", f"For example: {', or '.join(EXAMPLES)}.")


def say_deed(deed: Deed, place: Callable[[str], str] = str) -> str:
    """In words. `place`: the name of a channel or agent that a message goes to, by what is stored of it."""
    if isinstance(deed, Send):
        return f"send {place(deed.to)} {deed.text}"
    if isinstance(deed, Invoke):
        return f"invoke {deed.action} {json.dumps(deed.input, ensure_ascii=False)}"
    return f"notify {deed.text}"


def _bare(text: str) -> str:
    """Without the quotes around all of it."""
    return text[1:-1] if len(text) > 2 and text[0] == text[-1] == '"' and '"' not in text[1:-1] else text


def _object(text: str) -> Json:
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused("invalid_rule", "That begins as JSON and is none.") from error
    if not isinstance(found, dict):
        raise Refused("invalid_rule", "What an action is given must be a JSON object.")
    return found  # pyright: ignore[reportUnknownVariableType]
