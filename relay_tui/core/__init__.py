"""The relay. Knows no screen, no tmux and no web server, and could be shipped alone.

relay                         the one door: commands go in, facts come out, queries, subscriptions
commands*, events*, model*    what is asked, what has happened, what exists; a file more per aggregate
session                       what the delivery engine needs of a running agent, and no more
decide/                       command and state to events, or a refusal
log/                          where the facts are kept
views/                        what the facts come to, as tables and as records
delivery/                     from a stored message to proof that it was read
policy/ actions               what may happen without a person, and running what may
predicates/ rules/            what can be waited for, and what happens by itself then
search/                       messages by their words
schedule retention files disk  saying it later, forgetting, bytes
text content metadata         what comes from outside: made safe, checked, bounded
"""
