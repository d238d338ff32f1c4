"""An asynchronous client that is called like a synchronous one, so that the same calls judge both."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio


class Blocking:
    """Waits for whatever the methods of a client, or of its parts, give.

    :param runner: the event loop that the client belongs to.
    :param client: the client.
    """

    def __init__(self, runner: asyncio.Runner, client: Any) -> None:
        self.runner = runner
        self._client = client

    def __getattr__(self, name: str) -> Any:
        """Give a method that waits, or a part of the client whose methods do."""
        found = getattr(self._client, name)
        if not callable(found):
            return Blocking(self.runner, found)
        return lambda *arguments, **named: self.runner.run(_call(found, *arguments, **named))


async def _call(function: Any, *arguments: Any, **named: Any) -> Any:
    result = function(*arguments, **named)
    if inspect.isawaitable(result):
        return await result
    if hasattr(result, "__aiter__"):
        return [item async for item in result]
    return result
