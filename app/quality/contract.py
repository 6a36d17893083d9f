"""What a quality check sees and says. Checks are pure and deterministic."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from app.recipes.contract import Component, Expectations


class Outcome(StrEnum):
    PASSED = "passed"
    FLAGGED = "flagged"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True)
class Subject:
    """One finished output. ``language`` is the one that was asked for, as a BCP 47 code (``de``, ``zh``).

    ``given`` is every text that the person gave (``Inputs.given()``): a mark that stood there already is no leftover.
    """

    recipe: str
    action: str
    language: str
    markdown: str
    parts: Mapping[str, str]
    components: tuple[Component, ...]
    expectations: Expectations
    forbidden_words: tuple[str, ...] = ()
    given: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``summary`` is one sentence for a person; ``evidence`` the places or figures that it rests on."""

    check: str
    label: str
    outcome: Outcome
    summary: str
    evidence: tuple[str, ...] = ()


class Check(Protocol):
    def __call__(self, subject: Subject) -> Verdict: ...
