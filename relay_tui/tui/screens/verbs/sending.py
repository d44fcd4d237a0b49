"""What was written goes on its way: as messages, or as a command of an agent's own."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from relay_tui.core.errors import RelayError
from relay_tui.core.text import channel_links, mentions, nearest, visible
from relay_tui.tui import screens
from relay_tui.tui.screens.verbs.topic import Topic
from relay_tui.tui.source.deck import Source
from relay_tui.tui.view.deck import ComposerView
from relay_tui.tui.view.letter import Letter
from relay_tui.tui.widgets.composer import Composer
from relay_tui.tui.words.enclosed import size_words
from relay_tui.tui.writing.choices import later_words
from relay_tui.tui.writing.enclosing import is_stored, take_written

if TYPE_CHECKING:
    from relay_tui.tui.screens.deck import Deck

OWN_COMMAND = 500
"""Characters that a command of an agent's own has at most."""
_OWN_COMMAND = re.compile(r"\s*([/!][A-Za-z][\w:-]*)(?=\s|$)")


def own_command(text: str) -> str:
    """`/compact`, `!ls`: how a text begins that an agent program would run, were it typed as it is; else empty."""
    match = _OWN_COMMAND.match(text)
    return match[1] if match is not None else ""


class Sending(Topic):
    def __init__(self, deck: Deck) -> None:
        super().__init__(deck)
        self._sending = asyncio.Lock()
        """Held while a letter is on its way into the log: they are said in the order in which they were written."""
        self._own_commands_run: set[tuple[str, str]] = set()
        """By agent, exactly which of its own commands the operator has let it run."""
        self._own_commands_as_text: set[str] = set()
        """Targets whose own commands the operator has chosen to send as text."""

    async def sent(self, event: Composer.Sent) -> None:
        """A new message was sent off."""
        refusal = unknown_names(self.source, event.text)
        if refusal:
            self.deck.composer.refuse(refusal, event)
            return
        if own_command(event.text) and event.view.recipients:
            await self._with_own_command(event)
        else:
            await self._send(event)

    async def _with_own_command(self, event: Composer.Sent) -> None:
        """What looks like a command of the recipient's own: not to several, and to one only after a question."""
        word, names = own_command(event.text), [arrival.name for arrival in event.view.arrivals]
        if len(event.view.recipients) > 1:
            self.deck.composer.refuse(f"{word} looks like an agent's own command: write that to one agent", event)
            return
        name, agent_id = names[0] if names else event.view.label.removeprefix("@"), next(iter(event.view.recipients))
        if self._runs_own_commands(event, agent_id):
            await self._run_own_command(event, name, agent_id)
            return

        async def answered(yes: bool | None) -> None:
            if yes:
                self._own_commands_as_text.add(event.view.target)
                await self._send(event)
            else:
                self.deck.composer.refuse("not sent: o opens its pane, to type a command of its own there", event)

        if event.view.target in self._own_commands_as_text:
            await self._send(event)
            return
        sentences = [
            f"{word} looks like a command of {name}'s own program.",
            f"A message is typed behind a header, so {name} reads it as text and does not run it.",
            "To have it run, open the pane of the agent (o) and type it there.",
        ]
        await self.show(screens.Ask("Send it as text?", sentences, "sends it as text"), answered)

    def _runs_own_commands(self, event: Composer.Sent, agent_id: str) -> bool:
        letter = event.letter
        plain = letter == Letter(letter.text, letter.mode, group=letter.group) and not event.view.reply_to
        one_line = "\n" not in letter.text.strip() and len(letter.text) <= OWN_COMMAND
        return plain and one_line and self.source.reins.commandable(agent_id)

    async def _run_own_command(self, event: Composer.Sent, name: str, agent_id: str) -> None:
        """Each one is asked about once, as it stands; it runs now or not at all, and is no message."""
        line = event.letter.text.strip()

        async def run() -> None:
            try:
                how = await self.source.reins.own_command(agent_id, line)
            except RelayError as error:
                self.deck.composer.refuse(str(error), event)
                return
            self.deck.composer.sent(event)
            self.flash(f"{name} took {visible(line, keep='')}: {how}", "ok")

        async def answered(yes: bool | None) -> None:
            if yes:
                self._own_commands_run.add((agent_id, line))
                self.deck.run_worker(run(), group="send", exit_on_error=False)
            else:
                self.deck.composer.refuse("not run", event)

        if (agent_id, line) in self._own_commands_run:
            self.deck.run_worker(run(), group="send", exit_on_error=False)
            return
        shell = line.startswith("!")
        how = "hands what follows the ! to a shell, which asks nobody" if shell else "runs it as its own command"
        sentences = [
            f"{visible(line, keep='')} is typed into its pane as it is, and {name} {how}.",
            "It is no message: it runs now or not at all, and nothing but its input box proves that it was taken.",
            "Exactly this is not asked about again; anything else is.",
        ]
        question = f"Have {name} run it in a shell?" if shell else f"Have {name} run it?"
        await self.show(screens.Ask(question, sentences, "runs it"), answered)

    async def _send(self, event: Composer.Sent) -> None:
        """One after the other. What has files to store does not keep the keys waiting."""
        files = [one for one in event.letter.enclosed if is_stored(one)]
        if not files:
            await self._send_in_turn(event)
            return
        self.flash(f"storing {size_words(sum(one.size for one in files))}", "muted")
        self.deck.run_worker(self._send_in_turn(event), group="send", exit_on_error=False)

    async def _send_in_turn(self, event: Composer.Sent) -> None:
        async with self._sending:
            await self._send_now(event)

    async def _send_now(self, event: Composer.Sent) -> None:
        here = self.source.composer_for().target
        try:
            await self.source.send(event.view, await self._with_written(event.letter))
        except RelayError as error:
            self.deck.composer.refuse(str(error), event)
            return
        await self.source.refresh()
        self.deck.composer.sent(event, self._moved(event.view, here))
        if event.letter.later is not None:
            when = later_words(event.letter.later, self.source.clock())
            self.flash(f"said {visible(when, keep='')}; the palette has what waits to be said", "ok")
        elif any(is_stored(one) for one in event.letter.enclosed):
            self.flash("stored and sent", "ok")
        self.deck.talking.unmark_all()
        self.deck.conversation.start_at_end()
        self.deck.apply()

    async def _with_written(self, letter: Letter) -> Letter:
        """What the text says is to be attached goes along with it. Raises `Refused`."""
        if "+" not in letter.text and "/attach " not in letter.text:
            return letter
        text, found = await asyncio.to_thread(take_written, letter.text, self.deck.composer.folder)
        return replace(letter, text=text, enclosed=(*letter.enclosed, *found)) if found else letter

    def _moved(self, view: ComposerView, before: str) -> ComposerView | None:
        """Where a conversation is known from now on that this message was the first of; None: where it was."""
        now = self.source.composer_for()
        if view.reply_to or view.several:
            return None
        if view.target == before != now.target:
            return now
        return self.source.composer_to(view.recipients) if view.target.startswith("@") else None


def unknown_names(source: Source, text: str) -> str:
    """Why a text cannot be sent: it names somebody who does not exist; empty: it can."""
    for sign, found in (("@", mentions(text)), ("#", channel_links(text))):
        known = {name for name, _ in source.names(sign)}
        for name in found:
            if name in known or (sign == "#" and name.isdigit()):
                continue
            near = nearest(name, known)
            hint = f"; did you mean {' or '.join(sign + other for other in near)}?" if near else ""
            if sign == "@" or near:
                return f"there is no {sign}{name}{hint}"
    return ""
