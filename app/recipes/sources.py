"""The named sources of context: how important each is, and how much of a prompt it may fill at most."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from app.recipes.contract import BrandVoice, ContextOptions, Source


@dataclass(frozen=True, slots=True)
class SourceKind:
    """``priority`` counts between sources: what is higher stays longer. ``max_tokens`` is its most."""

    label: str
    priority: int
    max_tokens: int | None = None
    inline: bool = False
    keep_end: bool = False


SOURCE_KINDS: Mapping[str, SourceKind] = MappingProxyType(
    {
        "voice": SourceKind("Brand voice", 100, max_tokens=1_500),
        "facts": SourceKind("Facts", 90),
        "keywords": SourceKind("Keywords", 80, inline=True),
        "product_data": SourceKind("Product data", 70, max_tokens=2_500),
        "scene": SourceKind("Scene", 60),
        "characters": SourceKind("Characters", 55),
        "seo_data": SourceKind("Search data", 50, max_tokens=600),
        "notes": SourceKind("Notes", 45),
        "competitor_pages": SourceKind("Competing pages", 30, max_tokens=2_000),
        "previous": SourceKind("Earlier text", 20, keep_end=True),
    }
)

# A request may choose among these; the voice, the facts and the keywords are never optional.
CHOOSABLE_SOURCES = ("scene", "characters", "notes", "previous", "product_data", "seo_data", "competitor_pages")


def source(name: str, text: str) -> Source:
    """The source of that name with this text. Raises ``KeyError`` for a name that is not in ``SOURCE_KINDS``."""
    kind = SOURCE_KINDS[name]
    return Source(name, kind.label, text, kind.priority, kind.max_tokens, kind.inline, kind.keep_end)


def permitted(sources: Iterable[Source], options: ContextOptions) -> tuple[Source, ...]:
    """Those with a text that the request permits."""
    return tuple(
        each for each in sources if each.text and (each.name not in CHOOSABLE_SOURCES or options.permit(each.name))
    )


def voice_source(voice: BrandVoice | None) -> Source:
    """Without its forbidden words: these stand in every prompt, whatever the budget of the context."""
    if voice is None:
        return source("voice", "")
    preferred = "; ".join(voice.preferred_words)
    parts = [
        voice.guidelines.strip(),
        f"Preferred words: {preferred}" if preferred else "",
        f"A sample of this voice:\n{voice.sample.strip()}" if voice.sample.strip() else "",
    ]
    made = source("voice", "\n\n".join(part for part in parts if part))
    return replace(made, label=f"{made.label}, version {voice.version}")
