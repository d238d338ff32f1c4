"""Faults that tests inject into requests."""

from __future__ import annotations

from fnmatch import fnmatchcase
from random import Random
from typing import Annotated, Literal

from pydantic import BaseModel, Field, JsonValue, TypeAdapter

Action = Literal[
    "status", "delay", "close_before", "close_after", "truncate", "drip", "html", "garbage", "stale"
]


class Rule(BaseModel, extra="forbid"):
    """Which requests to act on, and what to do to them.

    :param method: the HTTP method; None for any.
    :param path: a glob for the whole path; None for any. No glob takes long to match, as a regular
        expression can.
    :param nth: the first of the matching requests to act on, from 1.
    :param times: how many requests to act on; None is one if `nth` is given, else all.
    :param probability: act on a matching request with this probability, by `seed`.
    :param action: ``status`` responds with `status`, `body` and `retry_after`; ``delay`` waits for `seconds`
        and then serves the request; ``close_before`` closes the connection without serving it;
        ``close_after`` serves it and closes without a response; ``truncate`` sends half of the response;
        ``drip`` sends the response byte by byte, over `seconds`; ``html`` and ``garbage`` respond with
        `status` (200) and a body that is not JSON; ``stale`` shows the state of `seconds` ago.
    """

    method: str | None = None
    path: Annotated[str, Field(pattern="^[/*]", max_length=1000)] | None = None
    nth: Annotated[int, Field(ge=1)] | None = None
    times: Annotated[int, Field(ge=0)] | None = None
    probability: Annotated[float, Field(ge=0, le=1)] | None = None
    seed: int = 0
    action: Action
    status: Annotated[int, Field(ge=200, le=599)] | None = None
    body: JsonValue = None
    retry_after: Annotated[float, Field(ge=0)] | None = None
    seconds: Annotated[float, Field(ge=0)] = 0.0

    _matched: int = 0
    _acted: int = 0
    _random: Random

    def model_post_init(self, context: object) -> None:
        """Seed this rule's chance."""
        self._random = Random(self.seed)

    def wants(self, method: str, path: str) -> bool:
        """Say whether to act on this request, and count it if it matches."""
        if self.method is not None and self.method.upper() != method:
            return False
        if self.path is not None and not fnmatchcase(path, self.path):
            return False
        self._matched += 1
        times = 1 if self.times is None and self.nth is not None else self.times
        if self._matched < (self.nth or 1) or (times is not None and self._acted >= times):
            return False
        return self.probability is None or self._random.random() < self.probability

    def act(self) -> Rule:
        """Count one more request that this rule acts on."""
        self._acted += 1
        return self


RULES: TypeAdapter[list[Rule]] = TypeAdapter(list[Rule])


def rule_for(method: str, path: str, *, rules: list[Rule]) -> Rule | None:
    """Give the first rule that acts on this request. Every rule counts the requests that it matches."""
    acting = [rule for rule in rules if rule.wants(method, path)]
    return acting[0].act() if acting else None
