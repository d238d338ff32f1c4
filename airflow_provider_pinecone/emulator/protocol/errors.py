"""The API's errors, with the codes and messages that Pinecone sends."""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_core import ErrorDetails


class ApiError(Exception):
    """An error of the control plane: an HTTP status, a code, a message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, object] = {"error": {"code": code, "message": message}, "status": status}


class DataPlaneError(ApiError):
    """An error of an index's own API: an HTTP status, a gRPC code, a message."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(status, str(code), message)
        self.body = {"code": code, "message": message, "details": []}


def invalid(message: str) -> ApiError:
    """Refuse an argument that breaks a rule."""
    return ApiError(400, "INVALID_ARGUMENT", message)


def unprocessable(message: str) -> ApiError:
    """Refuse a body with wrong fields or types."""
    return ApiError(
        422, "UNPROCESSABLE_ENTITY", f"Failed to deserialize the JSON body into the target type: {message}"
    )


def past_due() -> ApiError:
    """Refuse to create anything while invoices are unpaid."""
    return ApiError(
        402,
        "PAYMENT_REQUIRED",
        "Request failed. Pay all past due invoices to lift restrictions on your account.",
    )


def forbidden(message: str) -> ApiError:
    """Refuse what is never allowed."""
    return ApiError(403, "FORBIDDEN", message)


def quota_reached(what: str) -> ApiError:
    """Refuse one more of `what`, ``indexes`` or ``backups``."""
    return forbidden(f"Increase your quota or upgrade to create more {what}.")


def not_found(what: str) -> ApiError:
    """Say that `what`, such as ``Index docs`` or ``Backup 1234``, does not exist."""
    return ApiError(404, "NOT_FOUND", f"{what} not found.")


def no_such_path(method: str, path: str) -> ApiError:
    """Say that the API, or this version of it, has no such endpoint."""
    return ApiError(404, "NOT_FOUND", f"Not Found: {method} {path}")


def already_exists() -> ApiError:
    """Refuse a name that is taken."""
    return ApiError(409, "ALREADY_EXISTS", "Resource already exists.")


def precondition(message: str) -> ApiError:
    """Refuse a request that the current state does not allow."""
    return ApiError(412, "FAILED_PRECONDITION", message)


def bad_request(message: str) -> DataPlaneError:
    """Refuse an argument of a request to an index."""
    return DataPlaneError(400, 3, message)


def no_such_record_store(message: str) -> DataPlaneError:
    """Say that an index, or a namespace in it, does not exist."""
    return DataPlaneError(404, 5, message)


def name_is_taken(message: str) -> DataPlaneError:
    """Refuse to create what exists in an index."""
    return DataPlaneError(409, 6, message)


def first_problem(error: ValidationError) -> tuple[ErrorDetails, str]:
    """Give the first thing that is wrong with a body, and the path of its field."""
    problem = error.errors()[0]
    return problem, ".".join(str(part) for part in problem["loc"])
