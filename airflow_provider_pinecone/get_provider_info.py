"""What Airflow is told about this package. Read in every Airflow process, so it imports next to nothing."""

from __future__ import annotations

from typing import Any


def get_provider_info() -> dict[str, Any]:
    """The package, as Airflow's provider schema describes one."""
    from airflow_provider_pinecone.hooks import form

    package = "airflow_provider_pinecone"
    return {
        "package-name": "airflow-provider-pinecone",
        "name": "Pinecone Backup",
        "description": "Back up and restore Pinecone indexes.",
        "integrations": [
            {
                "integration-name": "Pinecone Backup",
                "external-doc-url": "https://docs.pinecone.io/guides/indexes/backups-overview",
                "tags": ["service"],
            }
        ],
        "hooks": _modules(f"{package}.hooks.pinecone"),
        "operators": _modules(
            f"{package}.operators.backup",
            f"{package}.operators.restore",
            f"{package}.operators.index",
            f"{package}.operators.retention",
            f"{package}.operators.fingerprint",
            f"{package}.operators.verification",
            f"{package}.operators.drill",
        ),
        "sensors": _modules(f"{package}.sensors.backup", f"{package}.sensors.restore"),
        "triggers": _modules(f"{package}.triggers.backup", f"{package}.triggers.restore"),
        "connection-types": [
            {
                "connection-type": "pinecone_backup",
                "hook-class-name": f"{package}.hooks.pinecone.PineconeBackupHook",
                "hook-name": "Pinecone Backup",
                "ui-field-behaviour": {
                    "hidden-fields": form.HIDDEN,
                    "relabeling": form.RELABELING,
                    "placeholders": form.PLACEHOLDERS,
                },
                "conn-fields": form.FIELDS,
            }
        ],
    }


def _modules(*modules: str) -> list[dict[str, Any]]:
    return [{"integration-name": "Pinecone Backup", "python-modules": list(modules)}]
