"""What is known about a page's subject: names with values, as the columns of a product feed, or free sentences."""

import re
from collections.abc import Mapping

from msgspec import Struct

from app.recipes.cleaning import one_line
from app.recipes.reading import Fields

MOST_FACTS = 200
MOST_NAME = 200  # characters
MOST_VALUE = 2_000
MOST_NUMBER = 10**15

_NAMED = re.compile(r"([^:：]{1,60}?)(?::\s+|：\s*)(\S.*)", re.DOTALL)


class Fact(Struct, frozen=True):
    """``name`` is empty for a free sentence."""

    value: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.value}" if self.name else self.value


def read_facts(given: Fields) -> tuple[Fact, ...]:
    """The field ``facts``: an object of names and values, or a list of texts (``Material: brass``, or a sentence)."""
    facts = given.raw("facts")
    if isinstance(facts, list | tuple):
        lines = given.texts("facts", MOST_FACTS, MOST_VALUE)
        return tuple(_from_line(one_line(line)) for line in lines)
    if isinstance(facts, Mapping):
        return _from_object(given, facts)
    if facts is not None:
        given.refuse("facts", "invalid", "Give the facts as names with values, or as a list of texts.")
    return ()


def _from_line(line: str) -> Fact:
    named = _NAMED.fullmatch(line)
    return Fact(name=named[1].strip(), value=named[2].strip()) if named and named[1].strip() else Fact(line)


def _from_object(given: Fields, facts: Mapping[object, object]) -> tuple[Fact, ...]:
    if len(facts) > MOST_FACTS:
        given.refuse("facts", "too_many", f"These are {len(facts):,}; give at most {MOST_FACTS}.")
        return ()
    read = [_from_pair(given, number, str(name), value) for number, (name, value) in enumerate(facts.items())]
    return tuple(fact for fact in read if fact.value)


def _from_pair(given: Fields, number: int, given_name: str, value: object) -> Fact:
    """Without a value where there was none, or where it was refused."""
    place = f"facts[{number}]"
    name = one_line(given.checked_text(place, given_name, MOST_NAME))
    if value is None:
        return Fact("", name)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MOST_NUMBER:
        return Fact(str(value).removesuffix(".0"), name)
    if not isinstance(value, str):
        given.refuse(f"facts.{name or number}", "invalid", "Write this fact as text or as a number.")
        return Fact("", name)
    return Fact(one_line(given.checked_text(f"facts.{name or number}", value, MOST_VALUE)), name)
