"""What can go wrong, by what the reader can do about it.

::

    PineconeError
    ├── PineconeInputError               what was asked for cannot be; nothing was made or deleted
    │   ├── PineconeNoUsableBackupError  nothing to restore from
    │   ├── PineconeBackupNotReadyError  nothing to restore from yet
    │   ├── PineconeLastBackupError      the last good backup of an index is not deleted
    │   ├── PineconeAmbiguousSourceError several indexes bore that name; say which one
    │   └── PineconeNameTakenError       the index to be made exists and is not this run's
    ├── PineconeApiError                 the API said no
    │   ├── PineconeInvalidArgumentError 400, 422: mend the request
    │   ├── PineconeAuthError            401: mend the key
    │   ├── PineconePaymentError         402: pay the invoice
    │   ├── PineconePermissionError      403: give the key the role; lift the deletion protection
    │   │   ├── PineconePlanError        the plan has no backups
    │   │   └── PineconeQuotaError       too many backups or indexes
    │   ├── PineconeNotFoundError        404
    │   ├── PineconeAlreadyExistsError   409
    │   ├── PineconePreconditionError    412: not ready yet, or in use
    │   ├── PineconeRateLimitedError     429: wait ``retry_after`` seconds
    │   └── PineconeServerError          5xx: try again
    ├── PineconeTransportError           no answer that can be read
    │   ├── PineconeConnectionError
    │   │   └── PineconeTlsError         no TLS with this host
    │   ├── PineconeTimeoutError
    │   └── PineconeUnreadableAnswerError
    │       └── PineconeForeignAnswerError  whoever answers is not Pinecone
    └── PineconeOutcomeError             it was asked for, and did not end well
        ├── PineconeBackupFailedError
        ├── PineconeBackupTooSmallError  a guard refused the backup
        ├── PineconeRestoreFailedError
        ├── PineconeGoneError            what was waited for was deleted
        ├── PineconeNotMarkedError       what was begun does not bear the run's token
        └── PineconeWaitTimeoutError     it had not ended in time

Three questions decide what happens after an error: may it pass by itself (``passing``), may the server
have acted all the same (``may_have_acted``), and is a new try of the task worth it (``worth_retrying``)?
The API key is in none of them.
"""

from __future__ import annotations

from typing import ClassVar


class PineconeError(Exception):
    """Whatever this package raises on its own account."""

    passing: ClassVar[bool] = False
    """Whether the same request may well succeed later, with nobody doing anything."""

    worth_retrying: ClassVar[bool] = False
    """Whether a task that failed so has reason to hope that its next try ends better."""

    may_have_acted: bool = False
    """Whether the server may have done what was asked, although it did not say so."""


class PineconeInputError(PineconeError, ValueError):
    """An argument that cannot be right: the message names the field, the value and the rule."""


class PineconeNoUsableBackupError(PineconeInputError):
    """No backup fits what was asked for."""


class PineconeBackupNotReadyError(PineconeInputError):
    """The backup to restore from is still Initializing."""

    worth_retrying = True


class PineconeLastBackupError(PineconeInputError):
    """The backup to delete is the newest Ready or the newest usable one of its index."""


class PineconeAmbiguousSourceError(PineconeInputError):
    """The name was borne by several indexes that have usable backups."""


class PineconeNameTakenError(PineconeInputError):
    """The index to be made exists already, and this run did not make it."""


class PineconeApiError(PineconeError):
    """The API answered with an error.

    :param message: what the API said.
    :param method: the request's method.
    :param path: the request's path.
    :param status: the HTTP status.
    :param code: the API's own word for it, such as ``NOT_FOUND``, where it gave one.
    :param retry_after: seconds to wait before trying again, where the API said so.
    """

    advice: ClassVar[str] = ""

    def __init__(
        self,
        message: str,
        *,
        method: str,
        path: str,
        status: int,
        code: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.message = message
        self.method = method
        self.path = path
        self.status = status
        self.code = code
        self.retry_after = retry_after
        answer = " ".join(filter(None, [str(status), code]))
        stop = "" if message.endswith((".", "!", "?")) or not self.advice else "."
        super().__init__(f"{method} {path}: {answer}: {message}{stop} {self.advice}".rstrip())


class PineconeInvalidArgumentError(PineconeApiError):
    """The API does not take this request (400, 422)."""


class PineconeAuthError(PineconeApiError):
    """The API does not know this key (401)."""

    advice = "Check the API key, and that it belongs to the project."


class PineconePaymentError(PineconeApiError):
    """The organization owes money (402)."""


class PineconePermissionError(PineconeApiError):
    """The key may not do this, or the index is protected from deletion (403)."""


class PineconePlanError(PineconePermissionError):
    """The organization's plan has no backups (403)."""


class PineconeQuotaError(PineconePermissionError):
    """The project has as many backups or indexes as it may have (403)."""

    advice = "Delete old ones, or have the quota raised."


class PineconeNotFoundError(PineconeApiError):
    """There is no such thing (404)."""


class PineconeAlreadyExistsError(PineconeApiError):
    """An index of that name exists already (409)."""

    worth_retrying = True


class PineconePreconditionError(PineconeApiError):
    """The thing is not in a state that allows this: a backup not Ready, a pending restore (412)."""

    worth_retrying = True


class PineconeRateLimitedError(PineconeApiError):
    """Too many requests (429)."""

    passing = True
    worth_retrying = True


class PineconeServerError(PineconeApiError):
    """The API failed (5xx)."""

    passing = True
    worth_retrying = True
    may_have_acted = True


class PineconeTransportError(PineconeError):
    """The request got no answer that can be read.

    :param message: what happened.
    :param method: the request's method.
    :param path: the request's path.
    :param may_have_acted: False where the request certainly never reached the server.
    """

    passing = True
    worth_retrying = True

    def __init__(self, message: str, *, method: str, path: str, may_have_acted: bool = True) -> None:
        self.method = method
        self.path = path
        self.may_have_acted = may_have_acted
        super().__init__(f"{method} {path}: {message}")


class PineconeConnectionError(PineconeTransportError):
    """The server could not be reached, or hung up."""


class PineconeTlsError(PineconeConnectionError):
    """The host speaks no TLS, or shows a certificate that is not to be trusted."""


class PineconeTimeoutError(PineconeTransportError):
    """The server did not answer in time."""


class PineconeUnreadableAnswerError(PineconeTransportError):
    """The server's answer cannot be read: half a body, missing fields, wrong types."""


class PineconeForeignAnswerError(PineconeUnreadableAnswerError):
    """The server's answer is not one of Pinecone's: HTML, a redirect. The host may be the wrong one."""


class PineconeOutcomeError(PineconeError):
    """The API did what it was asked to, and the result is not what was wanted."""


class PineconeBackupFailedError(PineconeOutcomeError):
    """The backup ended in a status other than Ready. The API gives no reason."""

    worth_retrying = True


class PineconeBackupTooSmallError(PineconeOutcomeError):
    """The backup is Ready, and holds fewer records than its guards allow."""


class PineconeRestoreFailedError(PineconeOutcomeError):
    """The restore job, or the index it makes, failed or was cancelled. The API gives no reason."""


class PineconeGoneError(PineconeOutcomeError):
    """The backup, restore job or index is not found, though it was there, or still is."""

    worth_retrying = True


class PineconeNotMarkedError(PineconeOutcomeError):
    """The backup does not bear the run's token, by which its tries find it again."""


class PineconeWaitTimeoutError(PineconeOutcomeError):
    """The time given had passed before the end. Whatever was begun in Pinecone goes on."""

    worth_retrying = True
