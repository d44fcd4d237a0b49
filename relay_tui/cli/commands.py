"""Every command behind `relay-tui`, in the order in which help names them."""

from __future__ import annotations

import argparse

from relay_tui.cli import (
    agent,
    approvals,
    channel,
    completion,
    deliveries,
    demo,
    doorbell,
    down,
    file,
    log,
    policy,
    reading,
    rule,
    schedule,
    status,
    talk,
    up,
)


def add_commands(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    demo.add_parser(commands)
    up.add_parser(commands)
    down.add_parser(commands)
    status.add_parsers(commands)
    agent.add_parser(commands)
    talk.add_parsers(commands)
    reading.add_parsers(commands)
    channel.add_parser(commands)
    file.add_parser(commands)
    schedule.add_parser(commands)
    deliveries.add_parsers(commands)
    doorbell.add_parsers(commands)
    approvals.add_parser(commands)
    policy.add_parser(commands)
    rule.add_parsers(commands)
    log.add_parser(commands)
    completion.add_parser(commands, parser)
