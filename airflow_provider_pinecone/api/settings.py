"""How to reach Pinecone: which host, with which key, and how long to wait for it."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, NoReturn
from urllib.parse import urlsplit

from airflow_provider_pinecone import __version__
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.checks import check_choice, check_seconds
from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.redaction import keep_secret, quoted

DEFAULT_HOST = "https://api.pinecone.io"
API_VERSIONS = ("2025-04", "2025-10", "2026-04", "2026-07")
DEFAULT_API_VERSION = "2026-07"

_VISIBLE = frozenset(string.ascii_letters + string.digits + string.punctuation)
_IN_HOSTS = _VISIBLE - set("@?#")
_HOST_NAME = re.compile(r"[0-9a-f:.]*:[0-9a-f:.]*|\w[\w-]{0,62}(\.\w[\w-]{0,62})*\.?", re.ASCII)
"""An IPv6 address, or labels of at most 63 characters: each HTTP library fails differently on others."""


class HoldsKey:
    """Refuses to be pickled or copied, since it holds the API key."""

    def __reduce__(self) -> NoReturn:
        """Refuse. :raises TypeError: always."""
        raise TypeError(
            f"{type(self).__name__} holds the API key, so it is not pickled or copied. Pass the id of the "
            f"Airflow connection on instead, and make a PineconeBackupHook from it."
        )


@dataclass(frozen=True, kw_only=True)
class Settings(HoldsKey):
    """How to reach Pinecone.

    :param api_key: the project's API key.
    :param host: the control plane's URL; ``https://`` is the default.
    :param api_version: the API version to speak, one of ``API_VERSIONS``.
    :param allow_insecure_http: send the key over plain http to hosts other than this machine.
    :param connect_timeout: seconds to wait for a connection.
    :param read_timeout: seconds to wait between bytes of a response.
    :param answer_timeout: seconds to wait for a whole response, however steadily its bytes arrive.
    :param source: where these settings come from, for errors, such as ``connection pinecone_default``.
    :raises PineconeInputError: if one of them is invalid.
    """

    api_key: str = field(repr=False)
    host: str = DEFAULT_HOST
    api_version: str = DEFAULT_API_VERSION
    allow_insecure_http: bool = False
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    answer_timeout: float = 120.0
    source: str | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        """Refuse invalid settings before anything is sent."""
        _check_api_key(self.api_key)
        keep_secret(self.api_key)
        check_choice("api_version", self.api_version, choices=API_VERSIONS)
        check_seconds("connect_timeout", self.connect_timeout)
        check_seconds("read_timeout", self.read_timeout)
        check_seconds("answer_timeout", self.answer_timeout)
        self.base_url(self.host)

    def base_url(self, host: str) -> str:
        """The URL to add paths to. :raises PineconeInputError: if the key must not be sent there."""
        url = host if "://" in host else f"https://{host}"
        try:
            parts = urlsplit(url)
            scheme, name = (parts.scheme, parts.hostname or "") if parts.port != 0 else ("", "")
        except ValueError:
            scheme, name = "", ""
        if scheme not in ("http", "https") or not _HOST_NAME.fullmatch(name) or not set(url) <= _IN_HOSTS:
            # The part before an @ may be a password.
            shown = host.rpartition("@")[2]
            raise PineconeInputError(
                f"host must be a URL such as {DEFAULT_HOST}, without spaces, user or query, "
                f"got {quoted(shown)}."
            )
        if scheme == "http" and not self.allow_insecure_http and not is_loopback(name):
            raise PineconeInputError(
                f"host {quoted(host)} would receive the API key over plain http. Use https, or set "
                f"allow_insecure_http to true."
            )
        return url.rstrip("/")

    def headers(self, call: Call[Any]) -> dict[str, str]:
        """The headers of a request."""
        return {
            "Api-Key": self.api_key,
            "X-Pinecone-Api-Version": max(self.api_version, call.since),
            "User-Agent": f"airflow-provider-pinecone/{__version__}",
            "Accept": "application/json",
            # The only encoding that ``Body`` decodes.
            "Accept-Encoding": "gzip",
        }


def _check_api_key(api_key: Any) -> None:
    """Refuse a key that does not fit into a header, without quoting it."""
    if not isinstance(api_key, str) or not api_key:
        raise PineconeInputError(
            "api_key is empty. Enter the project's key; the Pinecone console makes one, under API keys."
        )
    if not set(api_key) <= _VISIBLE:
        raise PineconeInputError(
            "api_key contains a space, a line break or a non-ASCII character. Copy it again."
        )


def is_loopback(host: str) -> bool:
    """Whether a host name can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
