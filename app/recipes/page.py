"""The recipe ``page``: a page for the web in six parts, each written by a call of its own."""

from collections.abc import Mapping
from typing import cast

import msgspec
from msgspec import Struct

from app.recipes.addresses import host_of, problem_with, subject_of
from app.recipes.cleaning import first_words, one_line
from app.recipes.contract import (
    Bounds,
    BrandVoice,
    Component,
    ContextOptions,
    Expectations,
    Inputs,
    Instructions,
    Source,
)
from app.recipes.facts import Fact, read_facts
from app.recipes.languages import Language, language_of
from app.recipes.lengths import about_words, letter_bounds, word_bounds
from app.recipes.page_types import PAGE_TYPES, PageType
from app.recipes.parts import tidy_line, tidy_markdown
from app.recipes.prompts import render
from app.recipes.reading import Fields
from app.recipes.sources import permitted, source, voice_source

MOST_ADDRESS = 2_000  # characters
MOST_KEYWORDS = 50
MOST_KEYWORD = 200
MOST_TITLE = 120

# In Latin letters: what search engines show of each before they cut it.
LETTERS = {"title": (25, 60), "meta_description": (70, 160), "h1": (10, 90)}
LINE_LABELS = {"title": "Title", "meta_description": "Meta description", "h1": "Heading"}
LINE_WORDS = {"title": 9, "meta_description": 24, "h1": 8}
BODY_LABELS = {"intro": "Introduction", "sections": "Sections", "faq": "Questions and answers"}
# How far a part may be from its wished length before somebody should look.
LEAST_SHARE, MOST_SHARE = 0.5, 1.6
# The output limit is a guard against a runaway answer: three tokens a word suffice in every language we write.
TOKENS_PER_WORD = 3
SPARE_TOKENS = 800


class PageInputs(Inputs, frozen=True):
    page_type: str
    target_url: str
    keywords: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()


class _Length(Struct, frozen=True):
    """What a prompt says of a part's length; ``low`` and ``high`` only for lines."""

    text: str
    low: int = 0
    high: int = 0


class PageRecipe:
    name = "page"
    actions: tuple[str, ...] = tuple(PAGE_TYPES)

    def read(self, fields: Mapping[str, object]) -> PageInputs:
        given = Fields(fields)
        inputs = PageInputs(
            page_type=given.choice(
                "pageType", PAGE_TYPES, f"Choose a page type: {', '.join(PAGE_TYPES)}.", spelled=str.lower
            ),
            target_url=_read_address(given),
            keywords=_read_keywords(given),
            facts=read_facts(given),
        )
        given.finish()
        return inputs

    def load(self, stored: Mapping[str, object]) -> PageInputs:
        return msgspec.convert(stored, PageInputs)

    def action(self, inputs: Inputs) -> str:
        return _own(inputs).page_type

    def title(self, inputs: Inputs) -> str:
        own = _own(inputs)
        keyword = own.keywords[0] if own.keywords else ""
        subject = subject_of(own.target_url)
        # One word of an address ("faq", "brass") says less than what the page is to be found by.
        told = subject if " " in subject or not keyword else keyword[:1].upper() + keyword[1:]
        return first_words(told or host_of(own.target_url), MOST_TITLE)

    def components(self, inputs: Inputs) -> tuple[Component, ...]:
        words = PAGE_TYPES[_own(inputs).page_type].words
        lines = (_component(name, label, LINE_WORDS[name], False) for name, label in LINE_LABELS.items())
        bodies = (_component(name, label, getattr(words, name), True) for name, label in BODY_LABELS.items())
        return (*lines, *bodies)

    def context_options(self, inputs: Inputs) -> ContextOptions:
        return ContextOptions()

    def sources(self, inputs: Inputs, voice: BrandVoice | None) -> tuple[Source, ...]:
        own = _own(inputs)
        facts = source("facts", "\n".join(f"- {fact}" for fact in own.facts))
        keywords = source("keywords", "; ".join(own.keywords))
        return permitted((voice_source(voice), facts, keywords), self.context_options(inputs))

    def instructions(
        self, inputs: Inputs, component: Component, language: str, voice: BrandVoice | None, context: str
    ) -> Instructions:
        own, spoken = _own(inputs), language_of(language)
        page_type = PAGE_TYPES[own.page_type]
        return Instructions(
            system=render("page/system.jinja", language=spoken),
            shared=render(
                "page/shared.jinja",
                page_type=page_type,
                target_url=own.target_url,
                forbidden_words=voice.forbidden_words if voice else (),
                context=context,
            ),
            user=_request(own.keywords[0] if own.keywords else self.title(own), own, page_type, component, spoken),
        )

    def assemble(self, inputs: Inputs, language: str, parts: Mapping[str, str]) -> str:
        """Parts that are not there yet are left out."""
        own = _own(inputs)
        lines = {name: tidy_line(parts.get(name, "")) for name in LINE_LABELS}
        bodies = {name: tidy_markdown(parts.get(name, "")) for name in BODY_LABELS}
        return render(
            f"{own.page_type}.md.jinja",
            **lines,
            **bodies,
            words=language_of(language).headings,
            named_facts=[fact for fact in own.facts if fact.name],
        )

    def expectations(self, inputs: Inputs, language: str) -> Expectations:
        own = _own(inputs)
        return Expectations(
            keywords=own.keywords,
            bounds=_bounds(PAGE_TYPES[own.page_type], language_of(language)),
            one_line=tuple(LINE_LABELS),
        )


def _read_address(given: Fields) -> str:
    address = given.text("targetUrl", MOST_ADDRESS)
    if not address and not given.is_refused("targetUrl"):
        given.refuse("targetUrl", "missing", "Give the address of the page, as in https://shop.example/lamps.")
    problem = problem_with(address) if address else None
    if problem:
        given.refuse("targetUrl", "invalid", problem)
    return address


def _read_keywords(given: Fields) -> tuple[str, ...]:
    return tuple(one_line(keyword) for keyword in given.texts("keywords", MOST_KEYWORDS, MOST_KEYWORD))


def _component(name: str, label: str, words: int, markdown: bool) -> Component:
    return Component(name, label, words, words * TOKENS_PER_WORD + SPARE_TOKENS, markdown)


def _request(subject: str, inputs: PageInputs, page_type: PageType, component: Component, language: Language) -> str:
    length = _length(component, language)
    return render(
        f"page/{component.name}.jinja",
        component=component,
        language=language,
        length=length.text,
        low=length.low,
        high=length.high,
        subject=subject,
        tone="",
        keywords=inputs.keywords,
        page_type=page_type,
    )


def _length(component: Component, language: Language) -> _Length:
    if component.markdown:
        return _Length(about_words(component.expected_words, language))
    low, high = (language.from_letters(letters) for letters in LETTERS[component.name])
    return _Length(f"at most {high} characters", low, high)


def _bounds(page_type: PageType, language: Language) -> tuple[Bounds, ...]:
    lines = [letter_bounds(name, low, high, language) for name, (low, high) in LETTERS.items()]
    wished = {name: getattr(page_type.words, name) for name in BODY_LABELS}
    bodies = [word_bounds(name, words * LEAST_SHARE, words * MOST_SHARE, language) for name, words in wished.items()]
    return (*lines, *bodies)


def _own(inputs: Inputs) -> PageInputs:
    return cast(PageInputs, inputs)


def body_of(markdown: str) -> str:
    """An assembled page without its title and meta description, which no reader of the page sees in its text."""
    head, rule, body = markdown.partition("\n---\n")
    return body.lstrip() if rule and "\n\n" not in head.strip() else markdown
