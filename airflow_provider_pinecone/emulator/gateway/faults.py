"""Faults that tests inject into requests."""

from __future__ import annotations

import random
import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, field_validator

Action = Literal[
    "status", "delay", "close_before", "close_after", "truncate", "drip", "html", "garbage", "stale"
]


class Rule(BaseModel):
    """One rule: which requests it matches, and what it does to them.

    :param method: the HTTP method; None for any.
    :param path: a regular expression, searched for in the path; None for any.
    :param nth: the first of the matching requests to act on, from 1.
    :param times: how many requests to act on; None is one if `nth` is given, else all.
    :param probability: act on a matching request with this probability, by `seed`.
    :param action: ``status`` answers with `status`, `body` and `retry_after`; ``delay`` waits for `seconds`
        and then serves the request; ``close_before`` closes the connection without serving it;
        ``close_after`` serves it and closes without an answer; ``truncate`` sends half of the answer;
        ``drip`` sends the answer byte by byte, over `seconds`; ``html`` and ``garbage`` answer with `status`
        (200) and a body that is not JSON; ``stale`` shows the state of `seconds` ago.
    """

    model_config = ConfigDict(extra="forbid")

    method: str | None = None
    path: str | None = None
    nth: Annotated[int, Field(ge=1)] | None = None
    times: Annotated[int, Field(ge=0)] | None = None
    probability: Annotated[float, Field(ge=0, le=1)] | None = None
    seed: int = 0
    action: Action
    status: Annotated[int, Field(ge=200, le=599)] | None = None
    body: JsonValue = None
    retry_after: Annotated[float, Field(ge=0)] | None = None
    seconds: Annotated[float, Field(ge=0)] = 0.0

    @field_validator("path")
    @classmethod
    def _compiles(cls, path: str | None) -> str | None:
        if path is not None:
            try:
                re.compile(path)
            except re.error as error:
                raise ValueError(f"{path!r} is not a regular expression: {error}") from None
        return path


RULES: TypeAdapter[list[Rule]] = TypeAdapter(list[Rule])


class Faults:
    """The rules in force, and how often each has matched and acted."""

    def __init__(self) -> None:
        self._active: list[_Active] = []

    def set(self, rules: list[Rule]) -> None:
        """Replace all rules."""
        self._active = [_Active(rule) for rule in rules]

    def rules(self) -> list[Rule]:
        """Give the rules in force."""
        return [active.rule for active in self._active]

    def next_for(self, method: str, path: str) -> Rule | None:
        """Give the first rule that acts on this request. Each rule counts the requests that it matches."""
        acting = [active for active in self._active if active.wants(method, path)]
        return acting[0].act() if acting else None


class _Active:
    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._matched = 0
        self._acted = 0
        self._times = 1 if rule.times is None and rule.nth is not None else rule.times
        self._random = random.Random(rule.seed)

    def wants(self, method: str, path: str) -> bool:
        rule = self.rule
        if rule.method is not None and rule.method.upper() != method:
            return False
        if rule.path is not None and not re.search(rule.path, path):
            return False
        self._matched += 1
        if self._matched < (rule.nth or 1) or (self._times is not None and self._acted >= self._times):
            return False
        return rule.probability is None or self._random.random() < rule.probability

    def act(self) -> Rule:
        self._acted += 1
        return self.rule
