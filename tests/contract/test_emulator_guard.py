"""Web pages, which can reach any address of this machine, cannot steer the emulator or read from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.conftest import Emulator

FOREIGN_ORIGINS = ("https://attacker.example", "http://localhost:3000", "http://127.0.0.1", "null")


def send(emulator: Emulator, method: str, path: str, **headers: str) -> httpx.Response:
    """Send a request with no headers but these."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.request(method, emulator.url + path, json={}, headers=sent, trust_env=False)


def complaint(answer: httpx.Response) -> str:
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "FORBIDDEN"
    return str(answer.json()["error"]["message"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/_emulator/reset"),
        ("PUT", "/_emulator/settings"),
        ("PUT", "/_emulator/clock"),
        ("PUT", "/_emulator/faults"),
        ("DELETE", "/_emulator/requests"),
    ],
)
def test_a_control_request_needs_a_header_that_a_form_of_a_web_page_cannot_send(
    emulator: Emulator, method: str, path: str
) -> None:
    body = [] if path.endswith("faults") else {}
    simple = httpx.request(method, emulator.url + path, json=body, trust_env=False)
    meant = httpx.request(
        method, emulator.url + path, json=body, headers={"X-Emulator-Control": "1"}, trust_env=False
    )
    assert complaint(simple) == f"{method} {path} needs the header X-Emulator-Control: 1."
    assert meant.is_success


def test_without_that_header_nothing_is_changed(
    emulator: Emulator, create_index: Callable[..., object]
) -> None:
    create_index("docs")
    send(emulator, "POST", "/_emulator/reset")
    send(emulator, "PUT", "/_emulator/settings", content_type="text/plain")
    with emulator.client() as api:
        assert [index["name"] for index in api.get("/indexes").json()["indexes"]] == ["docs"]


@pytest.mark.parametrize("path", ["health", "requests", "faults", "clock", "settings"])
def test_reading_needs_no_header(emulator: Emulator, path: str) -> None:
    assert send(emulator, "GET", f"/_emulator/{path}").status_code == 200


@pytest.mark.parametrize(
    "host", ["attacker.example", "attacker.example:5081", "10.0.0.1", "", "[::1", "emulator"]
)
@pytest.mark.parametrize("path", ["/indexes", "/_emulator/requests", "/data/x.index/vectors/list"])
def test_a_foreign_host_is_refused_since_a_name_may_point_anywhere(
    emulator: Emulator, host: str, path: str
) -> None:
    answer = send(emulator, "GET", path, host=host, api_key=emulator.api_key)
    assert complaint(answer) == (
        f"Host {host!r} is not one of this emulator's; to allow a name, start it with --allowed-host."
    )


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:5081", "127.1.2.3", "[::1]:5081"])
def test_any_loopback_host_and_port_will_do_since_ports_are_forwarded(emulator: Emulator, host: str) -> None:
    answer = send(emulator, "GET", "/indexes", host=host, api_key=emulator.api_key)
    assert answer.status_code == 200


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_page_of_another_origin_is_refused_even_with_the_key(
    emulator: Emulator, origin: str, method: str
) -> None:
    answer = send(
        emulator, method, "/indexes", origin=origin, api_key=emulator.api_key, x_emulator_control="1"
    )
    assert complaint(answer) == f"Requests of web pages of {origin!r} are refused."


def test_the_emulators_own_origin_is_not_foreign(emulator: Emulator) -> None:
    answer = send(emulator, "GET", "/indexes", origin=emulator.url, api_key=emulator.api_key)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("arguments", "served", "refused"),
    [
        (["--host", "localhost"], ["localhost", "127.0.0.1"], ["10.0.0.1", "emulator"]),
        (["--host", "127.0.0.2"], ["127.0.0.2", "localhost"], ["10.0.0.1", "emulator"]),
        (
            ["--host", "0.0.0.0"],  # noqa: S104 - loopback answers as well
            ["127.0.0.1", "10.0.0.1", "[fd00::1]"],
            ["emulator", "attacker.example"],
        ),
        (
            ["--allowed-host", "emulator", "--allowed-host", "Other.Example"],
            ["emulator:5081", "EMULATOR", "other.example", "localhost"],
            ["attacker.example", "10.0.0.1", "sub.emulator"],
        ),
    ],
)
def test_what_it_listens_on_and_what_an_option_names_are_its_hosts(
    launch_emulator: Callable[..., Emulator], arguments: list[str], served: list[str], refused: list[str]
) -> None:
    emulator = launch_emulator(*arguments)
    answers = {
        host: send(emulator, "GET", "/_emulator/health", host=host).status_code for host in served + refused
    }
    assert answers == dict.fromkeys(served, 200) | dict.fromkeys(refused, 403)


def test_a_refused_request_is_not_logged_and_meets_no_fault(emulator: Emulator) -> None:
    emulator.set_faults({"action": "status", "status": 500, "times": 1})
    send(emulator, "GET", "/indexes", host="attacker.example")
    assert emulator.requests() == []
    assert send(emulator, "GET", "/indexes", api_key=emulator.api_key).status_code == 500
