"""One field of a form, as ``templates/web/_field.html`` draws it."""

from dataclasses import dataclass
from enum import StrEnum


class FieldKind(StrEnum):
    TEXT = "text"
    URL = "url"
    NUMBER = "number"
    DATETIME = "datetime-local"
    LONG = "long"
    KEYWORDS = "keywords"
    SELECT = "select"
    CHOICE = "choice"
    TICK = "tick"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class OptionView:
    """``hint`` is the second line of a CHOICE, and ignored by a SELECT."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class FieldView:
    """``aside`` stands beside the label ("in order of weight"), ``help`` below the field.

    ``value`` is what was typed, wrong or not. KEYWORDS are one a line, a TICK is "on" or empty. ``reshapes`` says that
    another value changes which fields the form has. ``half`` takes half the width. ``smallest``, ``largest`` and
    ``step`` are a NUMBER's, as text.
    """

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    value: str = ""
    aside: str = ""
    help: str = ""
    error: str = ""
    options: tuple[OptionView, ...] = ()
    placeholder: str = ""
    required: bool = False
    half: bool = False
    reshapes: bool = False
    rows: int = 4
    longest: int | None = None
    smallest: str = ""
    largest: str = ""
    step: str = ""

    @property
    def id(self) -> str:
        return f"field-{self.name.replace('.', '-')}"
