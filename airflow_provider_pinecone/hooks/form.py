"""The connection form, described once for every Airflow version."""

from __future__ import annotations

from typing import Any

# Not extra: if it is hidden, the Test button of Airflow 2.11 does nothing when a stored connection is edited.
HIDDEN = ["login", "schema"]
RELABELING = {"password": "API key", "host": "Control plane host"}
PLACEHOLDERS = {
    "host": "https://api.pinecone.io",
    # The UI of 3.3.2 sends port 0 for none, and the API then finds that this is not the stored connection.
    "port": "443 (Airflow 3.3.2 tests no connection without a port)",
    "password": "pcsk_...",
}

FIELDS: dict[str, dict[str, Any]] = {
    "api_version": {
        "label": "API version",
        "description": "2025-04, 2025-10, 2026-04 or 2026-07 (the default).",
        "schema": {"type": ["string", "null"], "default": None},
    },
    "deployment": {
        "label": "Deployment",
        "description": "A name for this Airflow, unique among those sharing the Pinecone project: "
        "letters, digits, '.', '_' and '-'. Pruning needs it, to tell this Airflow's backups from others'.",
        "schema": {"type": ["string", "null"], "default": None},
    },
    "allow_insecure_http": {
        "label": "Allow plain http",
        "description": "Send the API key over plain http to hosts other than this machine.",
        "schema": {"type": ["boolean", "null"], "default": False},
    },
}


def widgets() -> dict[str, Any]:
    """The fields, as Flask forms need them."""
    from flask_appbuilder.fieldwidgets import BS3TextFieldWidget
    from wtforms import BooleanField, StringField

    return {
        name: BooleanField(field["label"], description=field["description"])
        if "boolean" in field["schema"]["type"]
        else StringField(field["label"], widget=BS3TextFieldWidget(), description=field["description"])
        for name, field in FIELDS.items()
    }


def field_behaviour() -> dict[str, Any]:
    """Which of Airflow's own fields to show, under which labels."""
    return {"hidden_fields": HIDDEN, "relabeling": RELABELING, "placeholders": PLACEHOLDERS}
