"""What a recipe knows: which inputs it takes, which components it makes, what it asks for, how it puts them together.

Recipes are pure: no I/O, no clock, no database. The pipeline calls them in the order of this file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import msgspec
from msgspec import Struct


class Inputs(Struct, frozen=True):
    """What a person asked for, checked and in one shape. Each recipe has its own subclass."""

    def given(self) -> str:
        """Every word a person gave, one after the other: the checks do not hold their own words against them."""
        return "\n".join(_texts_in(msgspec.to_builtins(self)))


class ContextOptions(Struct, frozen=True):
    """Which sources of context may be used (None: all) and how many tokens they may fill together (None: no wish)."""

    sources: tuple[str, ...] | None = None
    max_tokens: int | None = None

    def permit(self, name: str) -> bool:
        return self.sources is None or name in self.sources

    def budget(self, most: int) -> int:
        """Tokens: what the request wishes, but no more than ``most``."""
        return most if self.max_tokens is None else min(most, self.max_tokens)


@dataclass(frozen=True, slots=True)
class BrandVoice:
    """The part of a brand voice that a prompt and the checks need."""

    name: str
    version: int
    guidelines: str
    preferred_words: tuple[str, ...] = ()
    forbidden_words: tuple[str, ...] = ()
    sample: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """One named source of context. A higher ``priority`` is kept longer; ``max_tokens`` caps its share.

    ``inline`` sources are a list on one line (``Keywords: a; b``) and are shortened item by item. ``keep_end`` says
    that the end is what matters most, as in the text that a new passage continues.
    """

    name: str
    label: str
    text: str
    priority: int
    max_tokens: int | None = None
    inline: bool = False
    keep_end: bool = False


@dataclass(frozen=True, slots=True)
class Component:
    """One separately generated part. ``markdown`` says whether its text is Markdown or one plain line.

    ``expected_words`` is for estimates and counts English words, whatever the language.
    """

    name: str
    label: str
    expected_words: int
    max_output_tokens: int
    markdown: bool = True


@dataclass(frozen=True, slots=True)
class Instructions:
    """What to send for one component. ``system`` and ``shared`` are the same for every component of the run."""

    system: str
    shared: str
    user: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """Length bounds of a component or of the whole output (component None), inclusive.

    ``unit`` is ``words`` or ``characters``; both are already those of the language asked for.
    """

    component: str | None
    unit: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Expectations:
    """What the quality checks hold an output against."""

    keywords: tuple[str, ...] = ()
    bounds: tuple[Bounds, ...] = ()
    one_line: tuple[str, ...] = ()


class Recipe(Protocol):
    """``inputs`` below is always what this recipe's own ``read`` returned."""

    name: str
    actions: tuple[str, ...]

    def read(self, fields: Mapping[str, object]) -> Inputs:
        """Check the API's own fields of this kind (camelCase, see ``docs/api.md``); unknown names are refused.

        Raises ``ValidationFailed`` with every problem at once.
        """
        ...

    def load(self, stored: Mapping[str, object]) -> Inputs:
        """The inputs as ``msgspec.to_builtins`` stored them."""
        ...

    def action(self, inputs: Inputs) -> str: ...

    def title(self, inputs: Inputs) -> str:
        """What a person calls this run before it has written anything; one line, at most 120 characters."""
        ...

    def components(self, inputs: Inputs) -> tuple[Component, ...]: ...

    def context_options(self, inputs: Inputs) -> ContextOptions:
        """What the request says about its context. It holds for sources that are gathered elsewhere too."""
        ...

    def sources(self, inputs: Inputs, voice: BrandVoice | None) -> tuple[Source, ...]:
        """What the inputs and the voice put into the shared context, before the composer has trimmed it.

        Empty ones and those that the request does not permit are not among them.
        """
        ...

    def instructions(
        self, inputs: Inputs, component: Component, language: str, voice: BrandVoice | None, context: str
    ) -> Instructions: ...

    def assemble(self, inputs: Inputs, language: str, parts: Mapping[str, str]) -> str:
        """The finished Markdown. ``parts`` maps component name to its text."""
        ...

    def expectations(self, inputs: Inputs, language: str) -> Expectations: ...


def _texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts_in(inner)
