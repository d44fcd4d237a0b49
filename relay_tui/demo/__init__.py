"""A swarm of scripted agents in real panes, in a workspace that is thrown away.

Its script is drawn from a seed: `story`, `release` and `rounds` say what is said, `agent` and `program` say it, `swarm`
and `headless` run it.
"""
