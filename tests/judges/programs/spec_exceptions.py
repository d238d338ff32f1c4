"""Where the emulator answers on purpose what a spec does not list."""

from __future__ import annotations

CLASSIC = ("2025-04", "2026-04")
LISTINGS = ("list_index_backups", "list_project_backups", "list_restore_jobs")
IMPORTS = ("listBulkImports", "startBulkImport", "describeBulkImport", "cancelBulkImport")

# (versions, operations, status) that the spec does not list, and why the emulator gives it all the same.
UNLISTED = {
    (
        ("2025-04", "2026-04", "2026-07"),
        ("create_backup",),
        404,
    ): "an index that is not there; the specs forgot it",
    (
        CLASSIC,
        LISTINGS,
        400,
    ): "a bad limit or token has to be refused somehow; since 2026-07 the spec lists it",
    (
        CLASSIC,
        ("create_index_from_backup_operation",),
        412,
    ): "a backup that is not Ready; listed since 2026-07",
    (
        ("2026-07",),
        ("delete_backup",),
        412,
    ): "a pending restore; listed until 2026-04, and still known to the SDKs",
}

# Operations that never succeed, and why.
NEVER_DONE = {
    ("create_collection", "describe_collection", "delete_collection"): "the emulator has no collections",
    IMPORTS: "the emulator does not import",
    ("upsertRecordsNamespace", "searchRecordsNamespace"): "the emulator does not embed texts",
}


def unlisted(version: str) -> set[tuple[str, int]]:
    """Give the operations and statuses that the spec of a version does not list and that are meant."""
    return {
        (operation, status)
        for versions, operations, status in UNLISTED
        for operation in operations
        if version in versions
    }


def never_done() -> set[str]:
    """Give all operations that never succeed."""
    return {operation for operations in NEVER_DONE for operation in operations}
