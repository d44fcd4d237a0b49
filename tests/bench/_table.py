"""What a benchmark gives, and the one table that all of them print into."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

Benchmark = Callable[["Setting"], Awaitable[Sequence["Result"]]]
BENCHMARKS: dict[str, Benchmark] = {}


@dataclass(slots=True)
class Setting:
    folder: Path
    """An empty folder on a real disk, gone afterwards."""
    messages: int
    """Messages in the big workspace."""
    rounds: int
    """How often each side is measured, turn about."""
    kept: Path | None = None
    """Where big workspaces are kept from one run to the next; None: they are made anew."""


@dataclass(slots=True)
class Result:
    what: str
    measured: float
    unit: str
    """`ms`, `/s`, `MiB`, `%`."""
    budget: str = ""
    """As DESIGN §12 has it; empty: there is none, the figure is for information."""
    ok: bool | None = None
    floor: float | None = None
    """The least that anything could cost here, in the same unit, measured in the same run."""
    ratio: float | None = None
    """Measured over floor: the median of the rounds' ratios, so not exactly the quotient of the two columns."""

    @property
    def verdict(self) -> str:
        return "" if self.ok is None else "met" if self.ok else "MISSED"


@dataclass(slots=True)
class Rounds:
    """The same quantity round by round, ours beside the floor's."""

    measured: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float | None:
        return median(m / f for m, f in zip(self.measured, self.floor, strict=True)) if self.floor else None

    def result(
        self, what: str, unit: str, budget: str = "", ok: Callable[[float, float], bool] | None = None
    ) -> Result:
        """`ok` is asked with (measured, ratio); without a floor the ratio is 0."""
        measured, ratio = median(self.measured), self.ratio
        verdict = None if ok is None else ok(measured, ratio or 0.0)
        return Result(what, measured, unit, budget, verdict, median(self.floor) if self.floor else None, ratio)


def benchmark(name: str) -> Callable[[Benchmark], Benchmark]:
    def register(function: Benchmark) -> Benchmark:
        BENCHMARKS[name] = function
        return function

    return register


def percentile(values: Sequence[float], part: float) -> float:
    """`part` 0.5 is the median."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def render(results: Sequence[Result]) -> str:
    head = ("what", "measured", "floor", "ratio", "budget", "verdict")
    lines = [
        (
            r.what,
            _figure(r.measured, r.unit),
            "" if r.floor is None else _figure(r.floor, r.unit),
            "" if r.ratio is None else f"{r.ratio:.2f}",
            r.budget,
            r.verdict,
        )
        for r in results
    ]
    widths = [max(len(line[i]) for line in (head, *lines)) for i in range(len(head))]
    ruled = (head, tuple("-" * width for width in widths), *lines)
    return "\n".join("  ".join(_cell(i, cell, widths[i]) for i, cell in enumerate(line)).rstrip() for line in ruled)


def as_json(results: Sequence[Result]) -> str:
    return json.dumps([{**asdict(result), "verdict": result.verdict} for result in results], indent=2)


def _cell(column: int, text: str, width: int) -> str:
    return text.rjust(width) if column in (1, 2, 3) else text.ljust(width)


def _figure(value: float, unit: str) -> str:
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:,.{digits}f} {unit}" if unit != "/s" else f"{value:,.0f}/s"
