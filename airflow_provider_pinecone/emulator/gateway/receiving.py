"""Reads a request's body, up to a limit."""

from __future__ import annotations

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

LARGEST_BODY = 2 * 1024 * 1024
"""In bytes; Pinecone's limit for an upsert, the largest of its requests."""


class BodyTooLargeError(Exception):
    """A body has more than `LARGEST_BODY` bytes."""


async def received(receive: Receive) -> Receive:
    """Read a request's whole body, and give a `receive` that replays it.

    :raises BodyTooLargeError: as soon as that much has arrived.
    :raises ClientDisconnect: if the client hangs up before the end.
    """
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise BodyTooLargeError
        more = message.get("more_body", False)
    whole = bytes(body)

    async def replay() -> Message:
        return {"type": "http.request", "body": whole, "more_body": False}

    return replay
