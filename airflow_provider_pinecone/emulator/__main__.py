"""The emulator's command line."""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys

from pydantic import ValidationError

from airflow_provider_pinecone.emulator.app import create_app
from airflow_provider_pinecone.emulator.gateway.guard import Guard
from airflow_provider_pinecone.emulator.gateway.server import serve
from airflow_provider_pinecone.emulator.settings import Settings

KEY_VARIABLE = "PINECONE_EMULATOR_API_KEY"


def main(arguments: list[str] | None = None) -> None:
    """Run the emulator until it is terminated."""
    parser = _parser()
    options = vars(parser.parse_args(arguments))
    host, port, state = (options.pop(name) for name in ("host", "port", "state"))
    allowed_hosts = options.pop("allowed_host")
    if key := os.environ.get(KEY_VARIABLE):
        options.setdefault("api_key", key)
    try:
        settings = Settings(**options)
    except ValidationError as error:
        problem = error.errors()[0]
        parser.error(f"{problem['loc'][0]}: {problem['msg']}, not {problem['input']!r}")
    try:
        app = create_app(settings, state=state)
    except (OSError, sqlite3.Error) as error:
        parser.error(f"Cannot keep the state in {state}: {getattr(error, 'strerror', error)}")
    guarded = Guard(app, listens_on=host, allowed_hosts=allowed_hosts)
    try:
        serve(guarded, host=host, port=port, api_key=settings.api_key)
    except OSError as error:
        sys.exit(f"Cannot listen on {host} port {port}: {error.strerror}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m airflow_provider_pinecone.emulator",
        description="A Pinecone that runs on a laptop.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    option = parser.add_argument
    option("--host", default="127.0.0.1", help="address to listen on")
    option("--allowed-host", metavar="NAME", action="append", default=[], help="further name of this machine")
    option("--port", default=5081, type=int, help="0 picks a free one")
    option("--state", metavar="FILE", default=":memory:", help="SQLite file")
    key_help = f"the only key that is accepted; better given as {KEY_VARIABLE}"
    option("--api-key", metavar="KEY", default=argparse.SUPPRESS, help=key_help)
    option("--backup-seconds", metavar="S", type=float, help="how long a backup is Initializing")
    option("--restore-seconds", metavar="S", type=float, help="how long a restore is Pending")
    option("--write-lag", metavar="S", type=float, help="minimum age of a record in a backup")
    option("--restore-stats", choices=("empty", "growing"), help="an index's stats during its restore")
    option("--quirks", choices=("off", "real"), help="known deviations of the live API from its specs")
    option("--quirks-seed", metavar="N", type=int, help="seed of the random quirks")
    parser.set_defaults(**Settings().model_dump(exclude={"api_key"}))
    return parser


if __name__ == "__main__":
    main()
