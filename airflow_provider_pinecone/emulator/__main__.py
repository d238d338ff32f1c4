"""The emulator's command line."""

from __future__ import annotations

import argparse
import sys

from pydantic import ValidationError

from airflow_provider_pinecone.emulator.app import create_app
from airflow_provider_pinecone.emulator.server import serve
from airflow_provider_pinecone.emulator.settings import Settings

DEFAULTS = Settings()


def main(arguments: list[str] | None = None) -> None:
    """Run the emulator until it is told to end."""
    parser = argparse.ArgumentParser(
        prog="python -m airflow_provider_pinecone.emulator", description="A Pinecone that runs on a laptop."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", default=5081, type=int, help="0 picks a free one (default: %(default)s)")
    parser.add_argument("--state", metavar="FILE", default=":memory:", help="SQLite file (default: memory)")
    parser.add_argument("--api-key", metavar="KEY", default=DEFAULTS.api_key, help="default: %(default)s")
    for name, meaning in (
        ("backup-seconds", "how long a backup is Initializing"),
        ("restore-seconds", "how long a restore is Pending"),
        ("write-lag", "how old a record must be to be in a backup; the real service: 900"),
    ):
        parser.add_argument(
            f"--{name}",
            metavar="S",
            type=float,
            default=getattr(DEFAULTS, name.replace("-", "_")),
            help=f"{meaning} (default: %(default)s)",
        )
    parser.add_argument(
        "--restore-stats",
        choices=("empty", "growing"),
        default=DEFAULTS.restore_stats,
        help="what the stats of an index show while it is being restored (default: %(default)s)",
    )
    parser.add_argument(
        "--quirks",
        choices=("off", "real"),
        default=DEFAULTS.quirks,
        help="what the live API does against its specs (default: %(default)s)",
    )
    parser.add_argument(
        "--quirks-seed",
        metavar="N",
        type=int,
        default=DEFAULTS.quirks_seed,
        help="which of the quirks of chance befall which request (default: %(default)s)",
    )
    options = vars(parser.parse_args(arguments))
    host, port, state = (options.pop(name) for name in ("host", "port", "state"))
    try:
        settings = Settings(**options)
    except ValidationError as error:
        problem = error.errors()[0]
        parser.error(f"{problem['loc'][0]}: {problem['msg']}, not {problem['input']!r}")
    try:
        serve(create_app(settings, state=state), host=host, port=port, api_key=settings.api_key)
    except OSError as error:
        sys.exit(f"Cannot listen on {host} port {port}: {error.strerror}")


if __name__ == "__main__":
    main()
