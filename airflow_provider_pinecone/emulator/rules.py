"""The API's rules for names, tags, clouds and regions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from airflow_provider_pinecone.emulator.errors import invalid, not_found

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_TAG_KEY = re.compile(r"[A-Za-z0-9_-]+")

# Where the documentation says that serverless indexes can be.
REGIONS = {
    "aws": {"us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-1"},
    "gcp": {"us-central1", "europe-west4"},
    "azure": {"eastus2"},
}


def check_name(name: str, *, what: str = "Index name") -> None:
    """Refuse a name that is not 1 to 45 of ``a-z0-9-`` with a letter or digit at both ends."""
    if not 1 <= len(name) <= 45:
        raise invalid(f"{what} must be between 1 and 45 characters long.")
    if not _NAME.fullmatch(name):
        raise invalid(
            f"{what} must contain only lowercase alphanumeric characters or hyphens, "
            "and must not begin or end with a hyphen."
        )


def check_tags(tags: Mapping[str, str]) -> None:
    """Refuse more than 20 tags, keys over 80 characters and values over 120."""
    if len(tags) > 20:
        raise invalid(f"An index has at most 20 tags, not {len(tags)}.")
    for key, value in tags.items():
        if len(key) > 80 or not _TAG_KEY.fullmatch(key):
            raise invalid(f"Tag key {key!r} must be at most 80 alphanumeric characters, '_' or '-'.")
        if len(value) > 120:
            raise invalid(f"The value of tag {key!r} must be at most 120 characters long.")


def check_region(cloud: str, region: str) -> None:
    """Refuse a cloud or region that Pinecone is not in."""
    if region not in REGIONS.get(cloud, ()):
        raise not_found(f"Resource cloud: {cloud} region: {region}")
