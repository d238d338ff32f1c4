"""The errors of a call that gets no readable response, in the same words from both clients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.errors import (
    PineconeConnectionError,
    PineconeInputError,
    PineconeTimeoutError,
    PineconeTlsError,
    PineconeTransportError,
    PineconeUnreadableAnswerError,
)


@dataclass(frozen=True)
class Unanswered:
    """Makes the errors of a call.

    :param host: the URL of the host that it is sent to.
    """

    call: Call[Any]
    host: str

    def bad_host(self) -> PineconeInputError:
        """The library cannot send requests there."""
        return PineconeInputError(
            f"Requests cannot be sent to {self.host}, or to a proxy in the environment "
            f"({self.call.method} {self.call.path})."
        )

    def not_reached(self) -> PineconeConnectionError:
        """There is no connection."""
        return PineconeConnectionError(f"No connection to {self.host}", **self._where, may_have_acted=False)

    def not_reached_in_time(self) -> PineconeTimeoutError:
        """There was no connection in time."""
        return PineconeTimeoutError(
            f"No connection to {self.host} in time", **self._where, may_have_acted=False
        )

    def no_tls(self, *, may_have_acted: bool = True) -> PineconeTlsError:
        """The host does not speak TLS, or has a bad certificate."""
        return PineconeTlsError(
            f"No TLS with {self.host}. Check its certificate, and whether it is an http:// host",
            **self._where,
            may_have_acted=may_have_acted,
        )

    def lost(self) -> PineconeConnectionError:
        """The connection broke off."""
        return PineconeConnectionError(f"The connection to {self.host} was lost", **self._where)

    def late(self) -> PineconeTimeoutError:
        """The response did not arrive in time."""
        return PineconeTimeoutError(f"No response from {self.host} in time", **self._where)

    def unreadable(self, complaint: str) -> PineconeUnreadableAnswerError:
        """The response cannot be read."""
        return PineconeUnreadableAnswerError(complaint, **self._where)

    def unforeseen(self, error: Exception) -> PineconeTransportError:
        """Something else happened. Its own words may quote headers."""
        return PineconeTransportError(
            f"The request to {self.host} failed: {type(error).__name__}", **self._where
        )

    @property
    def _where(self) -> dict[str, Any]:
        return {"method": self.call.method, "path": self.call.path}
