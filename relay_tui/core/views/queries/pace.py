"""How deliveries went over time, per agent: what was due in each step of a stretch, what became of it, how fast.

Message ids are ordered by time, so a stretch of time is a stretch of the deliveries' key; nothing is indexed for this.
"""

from __future__ import annotations

from dataclasses import field

from relay_tui.core import ids
from relay_tui.core.record import record
from relay_tui.core.views.queries.base import Reader
from relay_tui.core.views.queries.deliveries import DUE
from relay_tui.core.views.queries.mail import LAG

MOST = 10_000
"""Deliveries that are looked at, the newest ones, and as many messages for what was never dispatched. More of them in
one stretch of time are left out, and that is said."""
_TAKEN = (
    "taken AS MATERIALIZED (SELECT agent_id, (queued_at - {since}) / {step} AS bucket,"
    " reached >= 2 AND evidence NOT IN ('echo', 'none') AS delivered,"
    " reached = 2 AND evidence IN ('echo', 'none') AS unverified,"
    " reached < 2 AND disposition IN ('failed', 'expired', 'dead') AS failed, delivered_at - queued_at AS took"
    " FROM deliveries WHERE message_id >= {first} AND queued_at >= {since}{stored}"
    " ORDER BY message_id DESC LIMIT {most})"
)
_COUNTS = (
    f"WITH {LAG}, {_TAKEN} SELECT agent_id, bucket, count(*), sum(delivered), sum(unverified), sum(failed) FROM taken"
    " GROUP BY 1, 2 UNION ALL"
    " SELECT agent_id, (created_at - {since}) / {step} AS bucket, count(*), 0, 0, 0"
    " FROM (SELECT m.agent_id, t.created_at"
    " FROM (SELECT * FROM messages WHERE seq >= {first_seq} ORDER BY seq DESC LIMIT {most}) AS t CROSS JOIN lag AS m"
    f" WHERE t.created_at >= {{since}} AND {DUE}{{implied}} LIMIT {{most}}) GROUP BY 1, 2"
)
_MIDDLES = (
    f"WITH {_TAKEN} SELECT agent_id, bucket, took FROM (SELECT agent_id, bucket, took,"
    " row_number() OVER (PARTITION BY agent_id, bucket ORDER BY took) AS place,"
    " count(*) OVER (PARTITION BY agent_id, bucket) AS many FROM taken WHERE delivered AND took IS NOT NULL)"
    " WHERE place = (many + 1) / 2 UNION ALL"
    " SELECT agent_id, -1, took FROM (SELECT agent_id, took, row_number() OVER (PARTITION BY agent_id ORDER BY took)"
    " AS place, count(*) OVER (PARTITION BY agent_id) AS many FROM taken WHERE delivered AND took IS NOT NULL)"
    " WHERE place = (many + 1) / 2 UNION ALL"
    " SELECT 0, -1, took FROM (SELECT took, row_number() OVER (ORDER BY took) AS place, count(*) OVER () AS many"
    " FROM taken WHERE delivered AND took IS NOT NULL) WHERE place = (many + 1) / 2"
)


@record
class Step:
    """What became due in one step of time. `p50`: milliseconds until it was delivered; None: nothing was."""

    due: int = 0
    delivered: int = 0
    unverified: int = 0
    failed: int = 0
    p50: int | None = None


@record
class Pace:
    """One agent's deliveries over time; `steps` oldest first, as many as were asked for."""

    agent_id: str
    steps: list[Step]
    p50: int | None = None

    @property
    def whole(self) -> Step:
        """All steps as one."""
        counts = [(s.due, s.delivered, s.unverified, s.failed) for s in self.steps]
        due, delivered, unverified, failed = (sum(column) for column in zip(*counts, strict=True))
        return Step(due, delivered, unverified, failed, self.p50)


@record
class Paces:
    since: int
    step: int
    """Milliseconds."""
    agents: dict[str, Pace] = field(default_factory=dict[str, Pace])
    """By agent id: those to whom anything was due."""
    p50: int | None = None
    """Of everybody's."""
    cut: bool = False
    """There was more than was looked at."""


class PaceQueries(Reader):
    async def paces(self, since: int, step: int, steps: int, agent_id: str = "") -> Paces:
        """From `since` on, in `steps` steps of `step` milliseconds; what is due later counts to the last one."""
        first = max(0, since - ids.EPOCH_MS) << ids.SEQUENCE_BITS
        found = await self._rows("SELECT seq FROM messages WHERE id >= ? ORDER BY id LIMIT 1", (first,))
        paces = Paces(since, step)
        if not found:
            return paces
        names: dict[str, object] = {
            "since": int(since), "step": int(step), "first": first, "most": MOST, "first_seq": int(found[0][0]),
            "stored": f" AND agent_id = {int(agent_id)}" if agent_id else "",
            "implied": f" AND m.agent_id = {int(agent_id)}" if agent_id else "",
        }  # fmt: skip
        looked_at = 0
        for agent, bucket, *counts in await self._rows(_COUNTS.format(**names)):
            one = _step(paces, str(agent), bucket, steps)
            one.due, one.delivered, one.unverified, one.failed = (
                had + more
                for had, more in zip((one.due, one.delivered, one.unverified, one.failed), counts, strict=True)
            )
            looked_at += counts[0]
        paces.cut = looked_at >= MOST
        for agent, bucket, took in await self._rows(_MIDDLES.format(**names)):
            if agent == 0:
                paces.p50 = took
            elif bucket < 0:
                paces.agents[str(agent)].p50 = took
            else:
                _step(paces, str(agent), bucket, steps).p50 = took
        return paces


def _step(paces: Paces, agent_id: str, bucket: int, steps: int) -> Step:
    pace = paces.agents.get(agent_id)
    if pace is None:
        pace = paces.agents[agent_id] = Pace(agent_id, [Step() for _ in range(steps)])
    return pace.steps[max(0, min(bucket, steps - 1))]
