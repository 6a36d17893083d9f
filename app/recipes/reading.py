"""Reading a request field by field, with every problem kept for the end."""

import difflib
from collections.abc import Callable, Iterable, Mapping

from app.errors import FieldError, ValidationFailed
from app.recipes.cleaning import clean, find_binary, one_line

NEAR = 0.6


class Fields:
    """The fields of a request or of one object in it. ``finish`` raises for all that was wrong and all left unread.

    A problem's field is the API's name for it, with its place: ``context.scene``, ``keywords[3]``. Null counts as
    not given, and so does a text of nothing but blank space.
    """

    def __init__(self, given: Mapping[str, object], *, within: str = "", problems: list[FieldError] | None = None):
        self._given = {str(name): value for name, value in given.items() if value is not None}
        self._within = within
        self._problems: list[FieldError] = [] if problems is None else problems
        self._known: list[str] = []

    def is_refused(self, *names: str) -> bool:
        """Whether something was wrong with one of these fields, or with something inside it."""
        starts = tuple(self._within + name for name in names)
        return any(problem.field.startswith(starts) for problem in self._problems)

    def refuse(self, name: str, code: str, message: str) -> None:
        self._problems.append(FieldError(self._within + name, code, message))

    def finish(self) -> None:
        self.refuse_unknown()
        if self._problems:
            raise ValidationFailed.of(*self._problems)

    def refuse_unknown(self) -> None:
        for name in self._given:
            if name not in self._known:
                place = _printable(name)
                self.refuse(place, "unknown", f"There is no field “{place}” here.{_suggestion(name, self._known)}")

    def raw(self, name: str) -> object:
        """Whatever was given, for fields that come in several shapes."""
        self._known.append(name)
        return self._given.get(name)

    def text(self, name: str, most: int) -> str:
        """A text of at most ``most`` characters; empty where none was given."""
        value = self.raw(name)
        return "" if value is None else self.checked_text(name, value, most)

    def texts(self, name: str, most_texts: int, most: int) -> tuple[str, ...]:
        """A list of texts without empty ones and repeats (case aside), in their order."""
        value = self.raw(name)
        if value is None:
            return ()
        if not isinstance(value, list | tuple):
            self.refuse(name, "invalid", "Give a list of texts.")
            return ()
        if len(value) > most_texts:
            self.refuse(name, "too_many", f"These are {len(value):,}; give at most {most_texts:,}.")
            return ()
        read: dict[str, str] = {}
        for i, each in enumerate(value):
            text = self.checked_text(f"{name}[{i}]", each, most)
            read.setdefault(one_line(text).casefold(), text)
        return tuple(text for text in read.values() if text)

    def choice(self, name: str, choices: Iterable[str], ask: str, *, spelled: Callable[[str], str] = str) -> str:
        """One of ``choices``, required. ``ask`` is what to say otherwise; ``spelled`` brings it to their case."""
        value = self.raw(name)
        options = tuple(choices)
        if isinstance(value, str) and spelled(value.strip()) in options:
            return spelled(value.strip())
        nothing = value is None or value == ""
        near = "" if nothing or not isinstance(value, str) else _suggestion(spelled(value), options)
        self.refuse(name, "missing" if nothing else "unknown", ask + near)
        return ""

    def whole_number(self, name: str, low: int, high: int, what: str) -> int | None:
        """``what`` is counted, as in “words”."""
        value = self.raw(name)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.refuse(name, "invalid", f"Give a whole number of {what} from {low:,} to {high:,}.")
            return None
        return value

    def inside(self, name: str) -> "Fields":
        """The object in this field, read in the same way. Empty where none was given."""
        value = self.raw(name)
        if value is not None and not isinstance(value, Mapping):
            self.refuse(name, "invalid", "Give an object with named fields.")
        within = f"{self._within}{name}."
        return Fields(value if isinstance(value, Mapping) else {}, within=within, problems=self._problems)

    def checked_text(self, place: str, value: object, most: int) -> str:
        """The text itself, cleaned; empty where it was refused."""
        if not isinstance(value, str):
            self.refuse(place, "invalid", "Write this as text.")
            return ""
        position = find_binary(value)
        if position is not None:
            self.refuse(place, "not_text", f"Character {position:,} is not text. Paste this again as plain text.")
            return ""
        text = clean(value)
        if len(text) > most:
            self.refuse(place, "too_long", f"This has {len(text):,} characters; shorten it to {most:,} or fewer.")
            return ""
        return text


def _printable(name: str) -> str:
    """A field's name as it can be shown and stored, whatever was sent."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)[:80]


def _suggestion(name: str, known: Iterable[str]) -> str:
    spelled = {each.lower(): each for each in known}
    near = difflib.get_close_matches(name.lower()[:80], spelled, n=1, cutoff=NEAR)
    return f" Did you mean “{spelled[near[0]]}”?" if near else ""
