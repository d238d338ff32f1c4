"""What an event loop did while something ran in it."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import urlsplit

import psutil

from tests.contract.conftest import Emulator


async def longest_gap_beside(work: asyncio.Future[Any]) -> float:
    """The longest time, in seconds, for which the loop came to nothing else."""
    longest, last = 0.0, time.monotonic()
    while not work.done():
        await asyncio.sleep(0.01)
        now = time.monotonic()
        longest, last = max(longest, now - last), now
    return longest


def connections_to(emulator: Emulator) -> int:
    """How many connections to the emulator this process has open."""
    port = urlsplit(emulator.url).port
    open_ones = psutil.Process().net_connections(kind="tcp")
    return sum(1 for one in open_ones if one.raddr and one.raddr.port == port and one.status == "ESTABLISHED")
