"""What a recipe knows: which inputs it takes, which components it makes, what it asks for, how it puts them together.

Recipes are pure: no I/O, no clock, no database. The pipeline calls them in the order of this file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from msgspec import Struct


class Inputs(Struct, frozen=True):
    """What a person asked for, checked and in one shape. Each recipe has its own subclass."""


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
    """One named source of context. A higher ``priority`` is kept longer; ``max_tokens`` caps its share."""

    name: str
    label: str
    text: str
    priority: int
    max_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Component:
    """One separately generated part. ``markdown`` says whether its text is Markdown or one plain line."""

    name: str
    label: str
    expected_words: int
    max_output_tokens: int
    markdown: bool = True


@dataclass(frozen=True, slots=True)
class Instructions:
    """What to send for one component. ``shared`` is the same for every component of the run."""

    system: str
    shared: str
    user: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """Length bounds of a component or of the whole output (component None), in words or characters, inclusive."""

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

    def sources(self, inputs: Inputs, voice: BrandVoice | None) -> tuple[Source, ...]:
        """Everything that may go into the shared context, before the composer has trimmed it."""
        ...

    def instructions(
        self, inputs: Inputs, component: Component, language: str, voice: BrandVoice | None, context: str
    ) -> Instructions: ...

    def assemble(self, inputs: Inputs, language: str, parts: Mapping[str, str]) -> str:
        """The finished Markdown. ``parts`` maps component name to its text."""
        ...

    def expectations(self, inputs: Inputs) -> Expectations: ...
