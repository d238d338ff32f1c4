"""Tables for logs: columns that line up, and a line for each row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from airflow_provider_pinecone.api.redaction import one_line


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """The lines of a table: texts to the left, numbers to the right, and ``unknown`` for None.

    Log each line by itself, and put long values such as ids last: a log view cuts lines off at its right.

    :param header: the names of the columns.
    :param rows: as many values as there are columns, each a text, a whole number or None.

    .. code-block:: python

        for line in table(("index", "records"), [("movies", 1200), ("books", None)]):
            log.info("%s", line)
    """
    columns = [_aligned(column) for column in zip(header, *rows, strict=True)]
    return ["  ".join(row).rstrip() for row in zip(*columns, strict=True)]


def _aligned(column: Sequence[object]) -> list[str]:
    texts = [_text(value) for value in column]
    width = max(map(len, texts))
    is_numeric = any(isinstance(value, int) for value in column)
    return [text.rjust(width) if is_numeric else text.ljust(width) for text in texts]


def _text(value: object) -> str:
    if value is None:
        return "unknown"
    return f"{value:,}" if isinstance(value, int) else one_line(str(value))
