"""The API's rules for names, tags, clouds and regions."""

from __future__ import annotations

import re
from collections.abc import Mapping

from airflow_provider_pinecone.emulator.protocol.errors import invalid, not_found

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_TAG_KEY = re.compile(r"[A-Za-z0-9_-]+")

LONGEST_NAME = 45

# How each cloud names its regions. Which of them Pinecone offers changes from time to time.
_REGIONS = {
    "aws": re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]"),  # us-east-1
    "gcp": re.compile(r"[a-z]+-[a-z]+[0-9]+"),  # us-central1
    "azure": re.compile(r"[a-z]+[0-9]?"),  # eastus2
}


def check_name(name: str, *, what: str = "Index name") -> None:
    """Refuse a name that is not 1 to 45 of ``a-z0-9-``, or begins or ends with a hyphen."""
    if not 1 <= len(name) <= LONGEST_NAME:
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
    """Refuse an unknown cloud, or a region that is not one of the cloud's."""
    pattern = _REGIONS.get(cloud)
    if pattern is None or not pattern.fullmatch(region):
        raise not_found(f"Resource cloud: {cloud} region: {region}")
