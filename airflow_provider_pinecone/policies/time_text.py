"""Numbers and spans of time in words: as exact as they are known."""

from __future__ import annotations

from datetime import timedelta


def amount(number: int, one: str, many: str) -> str:
    """A number of things: ``1 index``, ``1,200 indexes``."""
    return f"{number:,} {one if number == 1 else many}"


def exact_time(seconds: float) -> str:
    """A measured span: ``42 s``, ``7 min 5 s``, ``2 h 3 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def rough_time(seconds: float) -> str:
    """An estimated span: ``40 s``, ``4 min``, ``2 h 10 min``."""
    if seconds < 90:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def age(seconds: float) -> str:
    """How old something is: ``90 s``, ``45 min``, ``26.5 h``, ``12 days``."""
    for unit, length, least in (("days", 86_400, 4 * 86_400), ("h", 3600, 2 * 3600), ("min", 60, 120)):
        if seconds >= least:
            return f"{round(seconds / length, 1):g} {unit}"
    return f"{round(seconds)} s"


def days(span: timedelta) -> str:
    """A span that people chose: ``7 days``, or ``1 day 12 h 0 min``."""
    rest = exact_time(span.seconds) if span.seconds or not span.days else ""
    if not span.days:
        return rest
    return f"{span.days:,} day{'' if span.days == 1 else 's'} {rest}".strip()
