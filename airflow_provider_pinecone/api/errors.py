"""The errors of this package, by what the reader can do about them.

::

    PineconeError
    ├── PineconeInputError               an argument is wrong; nothing was created or deleted
    │   ├── PineconeNoUsableBackupError  nothing to restore from
    │   ├── PineconeBackupNotReadyError  nothing to restore from yet
    │   ├── PineconeLastBackupError      the last good backup of an index is not deleted
    │   ├── PineconeAmbiguousSourceError several indexes had that name; say which one
    │   └── PineconeNameTakenError       the index to create exists and is not this run's
    ├── PineconeApiError                 the API said no
    │   ├── PineconeInvalidArgumentError 400, 422: fix the request
    │   ├── PineconeAuthError            401: fix the key
    │   ├── PineconePaymentError         402: pay the invoice
    │   ├── PineconePermissionError      403: give the key the role; disable deletion protection
    │   │   ├── PineconePlanError        the plan has no backups
    │   │   └── PineconeQuotaError       too many backups or indexes
    │   ├── PineconeNotFoundError        404
    │   ├── PineconeAlreadyExistsError   409
    │   ├── PineconePreconditionError    412: not ready yet, or in use
    │   ├── PineconeRateLimitedError     429: wait ``retry_after`` seconds
    │   └── PineconeServerError          5xx: retry
    ├── PineconeTransportError           no readable response
    │   ├── PineconeConnectionError
    │   │   └── PineconeTlsError         no TLS with this host
    │   ├── PineconeTimeoutError
    │   └── PineconeUnreadableAnswerError
    │       └── PineconeForeignAnswerError  the server is not Pinecone
    ├── PineconeStorageError             a file of ours cannot be read or written
    └── PineconeOutcomeError             the request succeeded, but its result is bad
        ├── PineconeBackupFailedError
        ├── PineconeBackupTooSmallError  a guard refused the backup
        ├── PineconeStaleBackupsError    an index has no recent usable backup
        ├── PineconeRestoreFailedError
        ├── PineconeRestoreDamagedError  the restored index is not what was backed up
        ├── PineconeGoneError            the awaited thing was deleted
        ├── PineconeNotMarkedError       the new backup lacks the run's token
        └── PineconeWaitTimeoutError     it had not ended in time

Three questions decide what happens after an error: may it pass by itself (``passing``), may the server have
acted (``may_have_acted``), and is retrying the task worthwhile (``worth_retrying``)?

A message is one line: first what happened, then what to do, and at the end, in brackets, the request and the
response. Neither it nor what else an error holds contains the key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from airflow_provider_pinecone.api.redaction import one_line

E = TypeVar("E", bound="PineconeError")

LONGEST_API_MESSAGE = 300
LONGEST_CODE = 60
"""Characters that are kept of what the API says."""


class PineconeError(Exception):
    """The base of all errors that this package raises.

    :param message: what people read, which is made one line without the key.
    """

    passing: ClassVar[bool] = False
    """Whether the same request may succeed later without anyone intervening."""

    worth_retrying: ClassVar[bool] = False
    """Whether a retry of the task may succeed."""

    may_have_acted: bool = False
    """Whether the server may have acted although it did not say so."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy the finished message: ``__init__`` takes other arguments."""
        return _remade, (type(self), self.args), self.__dict__


def _remade(kind: type[E], args: tuple[Any, ...]) -> E:
    return kind.__new__(kind, *args)


class PineconeInputError(PineconeError, ValueError):
    """An invalid argument: the message names the field, the value and the rule."""


class PineconeNoUsableBackupError(PineconeInputError):
    """No usable backup matches the request."""


class PineconeBackupNotReadyError(PineconeInputError):
    """The backup to restore, or to confirm a fingerprint of, is still Initializing."""

    worth_retrying = True


class PineconeLastBackupError(PineconeInputError):
    """The backup to delete is the newest Ready or the newest usable one of its index."""


class PineconeAmbiguousSourceError(PineconeInputError):
    """Several indexes with usable backups had this name."""


class PineconeNameTakenError(PineconeInputError):
    """The index to create exists already, and this run did not create it."""


class PineconeApiError(PineconeError):
    """The API responded with an error.

    :param message: the API's message.
    :param status: the HTTP status.
    :param code: the API's error code, such as ``NOT_FOUND``, if it sent one.
    :param retry_after: seconds to wait before a retry, if the API sent them.
    :param subject: what the request was about, such as ``backup 1a2b``, if it was one thing.
    :param source: where the key comes from, such as ``connection pinecone_default``, if that is known.
    """

    meaning: ClassVar[str] = "{message}"
    """What the error means. It may name the ``message``, the ``subject``, and ``of_source``."""

    def __init__(
        self,
        message: str,
        *,
        method: str,
        path: str,
        status: int,
        code: str | None = None,
        retry_after: float | None = None,
        subject: str | None = None,
        source: str | None = None,
    ) -> None:
        self.message = one_line(" ".join(message.split()), most=LONGEST_API_MESSAGE) or "no message"
        self.method = method
        self.path = one_line(path)
        self.status = status
        self.code = code and one_line(code, most=LONGEST_CODE)
        self.retry_after = retry_after
        meaning = self.meaning if subject or "{subject}" not in self.meaning else "{message}"
        answer = " ".join(filter(None, [str(status), self.code]))
        if "{message}" not in meaning:
            answer = f"{answer}: {_unstopped(self.message)}"
        told = meaning.format(
            message=_unstopped(self.message), subject=subject, of_source=f" of {source}" if source else ""
        )
        super().__init__(_with_request(told, method=method, path=path, answer=answer))


class PineconeInvalidArgumentError(PineconeApiError):
    """The API does not accept this request (400, 422)."""


class PineconeAuthError(PineconeApiError):
    """The API does not know this key (401)."""

    meaning = "The API key{of_source} was refused: check it, and that it belongs to the project"


class PineconePaymentError(PineconeApiError):
    """The organization has unpaid invoices (402)."""


class PineconePermissionError(PineconeApiError):
    """The key may not do this, or the index is protected from deletion (403)."""


class PineconePlanError(PineconePermissionError):
    """The organization's plan does not include backups (403)."""


class PineconeQuotaError(PineconePermissionError):
    """The project's quota of backups or indexes is used up (403)."""

    meaning = "{message}. Delete old ones, or have the quota raised"


class PineconeNotFoundError(PineconeApiError):
    """Not found (404)."""

    meaning = "There is no {subject} in the project{of_source}"


class PineconeAlreadyExistsError(PineconeApiError):
    """It exists already: an index with this name, or an enabled backup schedule (409)."""

    worth_retrying = True


class PineconePreconditionError(PineconeApiError):
    """The current state does not allow this: a backup is not Ready, or a restore is pending (412)."""

    worth_retrying = True


class PineconeRateLimitedError(PineconeApiError):
    """Too many requests (429)."""

    meaning = "Pinecone asks for fewer requests: {message}"

    passing = True
    worth_retrying = True


class PineconeServerError(PineconeApiError):
    """The API failed (5xx)."""

    meaning = "Pinecone failed: {message}"

    passing = True
    worth_retrying = True
    may_have_acted = True


class PineconeTransportError(PineconeError):
    """The request got no readable response.

    :param message: what happened.
    :param may_have_acted: False if the request certainly never reached the server.
    """

    passing = True
    worth_retrying = True

    def __init__(self, message: str, *, method: str, path: str, may_have_acted: bool = True) -> None:
        self.method = method
        self.path = one_line(path)
        self.may_have_acted = may_have_acted
        super().__init__(_with_request(message, method=method, path=path))


class PineconeConnectionError(PineconeTransportError):
    """The server could not be reached, or closed the connection."""


class PineconeTlsError(PineconeConnectionError):
    """The host does not speak TLS, or its certificate is not trusted."""


class PineconeTimeoutError(PineconeTransportError):
    """The server did not respond in time."""


class PineconeUnreadableAnswerError(PineconeTransportError):
    """The server's response cannot be read: half a body, missing fields, wrong types."""


class PineconeForeignAnswerError(PineconeUnreadableAnswerError):
    """The response is not Pinecone's: HTML or a redirect. The host may be wrong."""


class PineconeStorageError(PineconeError):
    """A fingerprint or a report cannot be read or written. The storage may be back later."""

    worth_retrying = True


class PineconeOutcomeError(PineconeError):
    """The API did what it was asked, but the result is bad."""


class PineconeBackupFailedError(PineconeOutcomeError):
    """The backup ended in a status other than Ready. The API gives no reason."""

    worth_retrying = True


class PineconeBackupTooSmallError(PineconeOutcomeError):
    """The backup is Ready, but has fewer records than its guards allow."""


class PineconeStaleBackupsError(PineconeOutcomeError):
    """Indexes have no usable backup that is recent enough.

    :param stale: why, by the index's name, most urgent first.
    """

    def __init__(self, message: str, *, stale: Mapping[str, str]) -> None:
        self.stale = {name: one_line(reason) for name, reason in stale.items()}
        super().__init__(message)


class PineconeRestoreFailedError(PineconeOutcomeError):
    """The restore job or its index failed or was cancelled. The API gives no reason."""


class PineconeRestoreDamagedError(PineconeOutcomeError):
    """The restored index lacks records that the backup has, or has other ones. It is left as it is."""


class PineconeGoneError(PineconeOutcomeError):
    """The API no longer finds the backup, restore job or index, which may still exist."""

    worth_retrying = True


class PineconeNotMarkedError(PineconeOutcomeError):
    """The backup lacks the run's token, by which retries find it again."""


class PineconeWaitTimeoutError(PineconeOutcomeError):
    """The wait timed out. What was started in Pinecone goes on."""

    worth_retrying = True


def _with_request(told: str, *, method: str, path: str, answer: str = "") -> str:
    """What happened, and at the end of the line to which request, and what the API answered."""
    request = f"{method} {path}: {answer}" if answer else f"{method} {path}"
    return f"{_unstopped(told)} ({request})."


def _unstopped(sentence: str) -> str:
    return sentence.rstrip().removesuffix(".")
