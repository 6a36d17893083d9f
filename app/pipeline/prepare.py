"""From a request to the exact calls it will make: which components, with which context, asking what. Pure.

The estimate and the pipeline both come here, so that what was estimated is what is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.pipeline.context import ComposedContext, compose
from app.pipeline.tokens import count_tokens
from app.projects.library import BrandVoiceChoice
from app.providers.contract import Prompt
from app.recipes import RECIPES
from app.recipes.contract import BrandVoice, Component, Inputs, Source
from app.recipes.languages import Language, language_of
from app.recipes.sources import permitted

TOKENS_PER_WORD = 1.5
LEAST_TOKENS = 16


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """``prompt_tokens`` is an estimate (see ``tokens``); ``output_tokens`` is what the wished length comes to."""

    component: Component
    prompt: Prompt
    prompt_tokens: int
    output_tokens: int
    most_output_tokens: int


@dataclass(frozen=True, slots=True)
class Plan:
    context: ComposedContext
    calls: tuple[PlannedCall, ...]

    @property
    def components(self) -> tuple[Component, ...]:
        return tuple(call.component for call in self.calls)


def prepare(
    recipe_name: str,
    inputs: Inputs,
    language: str,
    voice: BrandVoiceChoice | None,
    context_tokens: int,
    gathered: Sequence[Source] = (),
) -> Plan:
    """``gathered`` are sources that the recipe cannot know from its inputs, such as the project's reference data."""
    recipe = RECIPES[recipe_name]
    spoken = as_brand_voice(voice)
    options = recipe.context_options(inputs)
    sources = permitted([*recipe.sources(inputs, spoken), *gathered], options)
    context = compose(sources, options.budget(context_tokens), count_tokens)
    calls = []
    for component in recipe.components(inputs):
        asked = recipe.instructions(inputs, component, language, spoken, context.text)
        prompt = Prompt(system=asked.system, shared=asked.shared, user=asked.user)
        calls.append(
            PlannedCall(
                component=component,
                prompt=prompt,
                prompt_tokens=count_tokens("\n".join((asked.system, asked.shared, asked.user))),
                output_tokens=_tokens_for(component.expected_words, language_of(language)),
                most_output_tokens=component.max_output_tokens,
            )
        )
    return Plan(context, tuple(calls))


def as_brand_voice(voice: BrandVoiceChoice | None) -> BrandVoice | None:
    if voice is None:
        return None
    return BrandVoice(
        name=voice.name,
        version=voice.version,
        guidelines=voice.guidelines,
        preferred_words=voice.preferred_words,
        forbidden_words=voice.forbidden_words,
        sample=voice.sample,
    )


def _tokens_for(words: int, language: Language) -> int:
    """``words`` are English ones; an ideograph is about one token."""
    return max(
        LEAST_TOKENS, language.from_words(words) if language.counts_characters else round(words * TOKENS_PER_WORD)
    )
