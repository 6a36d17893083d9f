"""The recipe ``text``: one piece of writing. WRITE makes new content, REWRITE improves a text, DESCRIBE describes."""

from collections.abc import Mapping
from typing import cast

import msgspec
from msgspec import Struct

from app.recipes.cleaning import first_words
from app.recipes.contract import (
    BrandVoice,
    Component,
    ContextOptions,
    Expectations,
    Inputs,
    Instructions,
    Source,
)
from app.recipes.languages import Language, count_words, language_of
from app.recipes.lengths import about_words, word_bounds
from app.recipes.parts import tidy_markdown
from app.recipes.prompts import render
from app.recipes.reading import Fields
from app.recipes.sources import CHOOSABLE_SOURCES, permitted, source, voice_source

MOST_INSTRUCTION = 20_000  # characters, as all of these
MOST_SOURCE_TEXT = 60_000
MOST_CONTEXT_TEXT = 40_000
MOST_CHARACTERS_LISTED = 200
MOST_LABEL = 200
MOST_WORDS = 20_000
MOST_CONTEXT_TOKENS = 200_000
MOST_TITLE = 120

USUAL_WORDS = {"WRITE": 400, "DESCRIBE": 150}
# The output limit is a guard against a runaway answer: three tokens a word suffice in every language we write.
TOKENS_PER_WORD = 3
SPARE_TOKENS = 800
LENGTH_TOLERANCE = 0.25


class TextContext(Struct, frozen=True):
    scene: str = ""
    characters: str = ""
    previous: str = ""
    notes: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.scene or self.characters or self.previous or self.notes)


class PromptOverride(Struct, frozen=True):
    """A person's own words in place of ours; empty: ours."""

    system: str = ""
    user: str = ""


class TextInputs(Inputs, frozen=True):
    """``length_target`` is in words. ``scene_id`` is the client's own label."""

    action: str
    scene_id: str = ""
    instruction: str = ""
    text: str = ""
    context: TextContext = TextContext()
    context_options: ContextOptions = ContextOptions()
    prompt_override: PromptOverride = PromptOverride()
    length_target: int | None = None
    tone: str = ""

    @property
    def expected_words(self) -> int:
        return self.length_target or USUAL_WORDS.get(self.action) or max(1, count_words(self.text))


class TextRecipe:
    name = "text"
    actions: tuple[str, ...] = ("WRITE", "REWRITE", "DESCRIBE")

    def read(self, fields: Mapping[str, object]) -> TextInputs:
        given = Fields(fields)
        inputs = TextInputs(
            action=given.choice(
                "action", self.actions, "Choose what to do: WRITE, REWRITE or DESCRIBE.", spelled=str.upper
            ),
            scene_id=given.text("sceneId", MOST_LABEL),
            instruction=given.text("instruction", MOST_INSTRUCTION),
            text=given.text("text", MOST_SOURCE_TEXT),
            context=_read_context(given.inside("context")),
            context_options=_read_context_options(given.inside("contextOptions")),
            prompt_override=_read_override(given.inside("promptOverride")),
            length_target=given.whole_number("lengthTarget", 1, MOST_WORDS, "words"),
            tone=given.text("tone", MOST_LABEL),
        )
        _require_material(given, inputs)
        given.finish()
        return inputs

    def load(self, stored: Mapping[str, object]) -> TextInputs:
        return msgspec.convert(stored, TextInputs)

    def action(self, inputs: Inputs) -> str:
        return _own(inputs).action

    def title(self, inputs: Inputs) -> str:
        own = _own(inputs)
        named = (own.instruction, own.context.scene, own.text, own.context.notes, own.context.characters)
        fallback = own.context.previous or own.prompt_override.user or "Text"
        return first_words(next((text for text in named if text), fallback), MOST_TITLE)

    def components(self, inputs: Inputs) -> tuple[Component, ...]:
        words = _own(inputs).expected_words
        return (Component("text", "Text", words, words * TOKENS_PER_WORD + SPARE_TOKENS),)

    def context_options(self, inputs: Inputs) -> ContextOptions:
        return _own(inputs).context_options

    def sources(self, inputs: Inputs, voice: BrandVoice | None) -> tuple[Source, ...]:
        own = _own(inputs)
        given = (
            voice_source(voice),
            source("scene", own.context.scene),
            source("characters", own.context.characters),
            source("notes", own.context.notes),
            source("previous", own.context.previous),
        )
        return permitted(given, own.context_options)

    def instructions(
        self, inputs: Inputs, component: Component, language: str, voice: BrandVoice | None, context: str
    ) -> Instructions:
        own, spoken = _own(inputs), language_of(language)
        forbidden = voice.forbidden_words if voice else ()
        return Instructions(
            system=own.prompt_override.system or render("text/system.jinja", language=spoken),
            shared=render("text/shared.jinja", forbidden_words=forbidden, context=context),
            user=_override(own) or _request(self.title(own), own, component, spoken),
        )

    def assemble(self, inputs: Inputs, language: str, parts: Mapping[str, str]) -> str:
        return tidy_markdown(parts.get("text", ""))

    def expectations(self, inputs: Inputs, language: str) -> Expectations:
        target = _own(inputs).length_target
        if target is None:
            return Expectations()
        low, high = target * (1 - LENGTH_TOLERANCE), target * (1 + LENGTH_TOLERANCE)
        return Expectations(bounds=(word_bounds("text", low, high, language_of(language)),))


def _read_context(given: Fields) -> TextContext:
    context = TextContext(
        scene=given.text("scene", MOST_CONTEXT_TEXT),
        characters=_read_characters(given),
        previous=given.text("previous", MOST_CONTEXT_TEXT),
        notes=given.text("notes", MOST_CONTEXT_TEXT),
    )
    given.refuse_unknown()
    return context


def _read_characters(given: Fields) -> str:
    """One text, or a list with a text for each of them."""
    if not isinstance(given.raw("characters"), list | tuple):
        return given.text("characters", MOST_CONTEXT_TEXT)
    listed = given.texts("characters", MOST_CHARACTERS_LISTED, MOST_CONTEXT_TEXT)
    together = "\n".join(f"- {each}" for each in listed)
    return given.checked_text("characters", together, MOST_CONTEXT_TEXT)


def _read_context_options(given: Fields) -> ContextOptions:
    chosen = given.texts("sources", len(CHOOSABLE_SOURCES) * 2, MOST_LABEL)
    for i, name in enumerate(chosen):
        if name not in CHOOSABLE_SOURCES:
            given.refuse(f"sources[{i}]", "unknown", f"Choose among {', '.join(CHOOSABLE_SOURCES)}.")
    options = ContextOptions(
        sources=chosen if given.raw("sources") is not None else None,
        max_tokens=given.whole_number("maxTokens", 0, MOST_CONTEXT_TOKENS, "tokens"),
    )
    given.refuse_unknown()
    return options


def _read_override(given: Fields) -> PromptOverride:
    override = PromptOverride(given.text("system", MOST_INSTRUCTION), given.text("user", MOST_SOURCE_TEXT))
    given.refuse_unknown()
    return override


def _require_material(given: Fields, inputs: TextInputs) -> None:
    """A field that was refused for another reason is not called missing as well."""
    if inputs.action == "REWRITE":
        if not inputs.text and not given.is_refused("text"):
            given.refuse("text", "missing", "Paste the text to rewrite.")
        return
    has_material = inputs.instruction or inputs.prompt_override.user or not inputs.context.is_empty
    if inputs.action and not has_material and not given.is_refused("instruction", "context", "promptOverride.user"):
        given.refuse("instruction", "missing", "Say what to write, or give some context.")


def _override(inputs: TextInputs) -> str:
    """Their own request, followed by the text to work on: an override replaces our words, not their material."""
    user = inputs.prompt_override.user
    return f"{user}\n\n{render('text/source.jinja', text=inputs.text)}" if user and inputs.text else user


def _request(subject: str, inputs: TextInputs, component: Component, language: Language) -> str:
    options = inputs.context_options
    return render(
        f"text/{inputs.action.lower()}.jinja",
        component=component,
        language=language,
        length=about_words(component.expected_words, language),
        subject=subject,
        tone=inputs.tone,
        instruction=inputs.instruction,
        text=inputs.text,
        has_scene=bool(inputs.context.scene) and options.permit("scene"),
        has_previous=bool(inputs.context.previous) and options.permit("previous"),
    )


def _own(inputs: Inputs) -> TextInputs:
    return cast(TextInputs, inputs)
