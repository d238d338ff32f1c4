"""A year of nights: three indexes backed up by hand, one also by a schedule, within the project's quota."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import httpx

from airflow_provider_pinecone.emulator.app import create_app

SCHEMA = {"fields": {"_values": {"type": "dense_vector", "dimension": 2, "metric": "cosine"}}}
INDEXES = ("docs", "movies", "words")
DAY = 24 * 60 * 60
BACKUP_SECONDS = 600
KEPT_DAYS = 30
QUOTA = 500


class Year:
    """A project whose clock moves from night to night."""

    def __init__(self) -> None:
        transport = httpx.ASGITransport(create_app())
        headers = {"Api-Key": "emulator-key", "X-Pinecone-Api-Version": "2026-07"}
        self._api = httpx.AsyncClient(transport=transport, base_url="http://emulator.test", headers=headers)
        self.by_hand: list[str] = []
        self.refused = 0

    async def begin(self) -> None:
        await self._ask("PUT", "/_emulator/clock", frozen=True, now="2026-01-01T01:00:00Z")
        await self._ask("PUT", "/_emulator/settings", backup_seconds=BACKUP_SECONDS)
        for name in INDEXES:
            index = await self._ask("POST", "/indexes", name=name, schema=SCHEMA)
            await self._ask(
                "POST", f"{index['host']}/vectors/upsert", vectors=[{"id": "a", "values": [1, 2]}]
            )
        daily = {"type": "time-based", "frequency": "daily"}
        retention = {"expire_after_days": KEPT_DAYS}
        path = "/indexes/docs/backup-schedules"
        await self._ask("POST", path, name="pinecones", schedule=daily, retention=retention)

    async def night(self) -> None:
        """Back up each index, wait until that is done, and let the day pass with its scheduled backup."""
        made = [await self._back_up(name) for name in INDEXES]
        assert await self._status(made[-1]) == "Initializing"
        await self._advance(BACKUP_SECONDS)
        assert await self._status(made[-1]) == "Ready"
        self.by_hand += made
        await self._advance(DAY - BACKUP_SECONDS)

    async def listed(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        page: dict[str, Any] = {"pagination": {"next": ""}}
        while page["pagination"]:
            page = await self._ask("GET", f"/backups?paginationToken={page['pagination']['next']}")
            rows += page["data"]
        return rows

    async def _back_up(self, name: str) -> str:
        answer = await self._api.post(f"/indexes/{name}/backups", json={})
        if answer.status_code == 403:
            self.refused += 1
            await self._ask("DELETE", f"/backups/{self.by_hand.pop(0)}")
            return await self._back_up(name)
        return str(answer.raise_for_status().json()["backup_id"])

    async def _status(self, backup_id: str) -> str:
        return str((await self._ask("GET", f"/backups/{backup_id}"))["status"])

    async def _advance(self, seconds: float) -> None:
        await self._ask("PUT", "/_emulator/clock", advance=seconds)

    async def _ask(self, method: str, path: str, **body: Any) -> Any:
        answer = (await self._api.request(method, path, json=body or None)).raise_for_status()
        return answer.json() if answer.content else None


def test_a_year_of_nights_ends_with_the_backups_that_the_quota_and_the_schedule_leave() -> None:
    async def live() -> tuple[Year, list[dict[str, Any]]]:
        year = Year()
        await year.begin()
        for _ in range(365):
            await year.night()
        return year, await year.listed()

    year, rows = asyncio.run(live())

    scheduled = [row for row in rows if row.get("name", "").startswith("pinecones-")]
    assert len(rows) == QUOTA
    assert len(scheduled) == KEPT_DAYS
    assert [row["created_at"] for row in scheduled[:2]] == [
        "2026-12-31T06:00:00.000000Z",
        "2026-12-30T06:00:00.000000Z",
    ]
    assert [row["backup_id"] for row in rows if row not in scheduled] == year.by_hand[::-1]
    assert Counter(row["status"] for row in rows) == {"Ready": QUOTA}
    assert year.refused == 3 * 365 - (QUOTA - KEPT_DAYS)
