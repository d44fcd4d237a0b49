"""Reading: a connection of its own, so that a reader never waits for the writer nor the writer for a reader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import aiosqlite

from relay_tui.core.views.rows import Table

T = TypeVar("T")


class Reader:
    def __init__(self, db: aiosqlite.Connection) -> None:
        self._db = db

    async def _rows(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        return list(await self._db.execute_fetchall(query, values))

    async def _all(self, table: Table[T], where: str = "", values: Sequence[Any] = ()) -> list[T]:
        query = f"SELECT {table.columns} FROM {table.name} {where}"
        return [table.read(row) for row in await self._rows(query, values)]

    async def _one(self, table: Table[T], where: str, values: Sequence[Any]) -> T | None:
        found = await self._all(table, f"{where} LIMIT 1", values)
        return found[0] if found else None


def marks(values: Sequence[Any]) -> str:
    """`?, ?, ?`, one for each value."""
    return ", ".join("?" * len(values))
