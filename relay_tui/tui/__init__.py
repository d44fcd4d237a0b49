"""The screen. What belongs where; each package knows only those below it, which a contract in `pyproject.toml` keeps.

app         the application: theme, ticker, screens; `outside` and `calling` are parts of it
actions     every verb, once: id, keys, words, when it works
screens/    what fills the terminal or lies over it, and what its verbs do
widgets/    what screens are made of; draws the records of `view`
store/      a `Source` over a relay: what the operator does, as commands of his own
facts/      what a relay knows, kept up to date for the screen
source/     what screens ask of the world behind them, as protocols
writing/    what is written, before it is a message
words/      what the relay knows, in the deck's words: the core's model in, records out; pure
view/       what stands on the screen, as plain records
drawing/    lines, signs, colours, emoji: how anything is drawn at all
terminal/   the terminal and the desktop around us
"""
