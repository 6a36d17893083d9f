"""A finished page of lamps that every check passes, and ways to spoil it."""

from collections.abc import Mapping

from app.quality.contract import Subject, Verdict
from app.recipes import RECIPES

PAGE = RECIPES["page"]
INPUTS = PAGE.read(
    {"pageType": "product", "targetUrl": "https://shop.example/brass-lamp", "keywords": ["brass lamp", "desk lamp"]}
)
SENTENCE = "This brass lamp stands on a heavy base, and you turn its arm to where you need the light. "
GOOD: Mapping[str, str] = {
    "title": "Brass lamp with a turning arm for your desk",
    "meta_description": "A brass lamp with a heavy base and an arm that turns to where you need the light. By hand.",
    "h1": "A brass lamp that turns",
    "intro": SENTENCE * 3,
    "sections": "## Use\n\n" + SENTENCE * 8 + "\n\n## Care\n\n" + SENTENCE * 8 + "It is a good desk lamp.",
    "faq": "### Is it heavy?\n\n" + SENTENCE * 4 + "\n\n### Does it turn?\n\n" + SENTENCE * 4,
}


def page(language: str = "en", given: str = "", forbidden: tuple[str, ...] = (), **parts: str) -> Subject:
    """The good page with some of its parts replaced."""
    return spoiled(parts, language, given, forbidden)


def spoiled(
    parts: Mapping[str, str], language: str = "en", given: str = "", forbidden: tuple[str, ...] = ()
) -> Subject:
    whole = {**GOOD, **parts}
    return Subject(
        recipe="page",
        action="product",
        language=language,
        markdown=PAGE.assemble(INPUTS, language, whole),
        parts=whole,
        components=PAGE.components(INPUTS),
        expectations=PAGE.expectations(INPUTS, language),
        forbidden_words=forbidden,
        given=given,
    )


def text(written: str, language: str = "en", **fields: object) -> Subject:
    made = RECIPES["text"]
    inputs = made.read({"action": "WRITE", "instruction": "Write.", **fields})
    return Subject(
        recipe="text",
        action="WRITE",
        language=language,
        markdown=written,
        parts={"text": written},
        components=made.components(inputs),
        expectations=made.expectations(inputs, language),
    )


def said(verdict: Verdict) -> str:
    return "\n".join((verdict.outcome, verdict.summary, *verdict.evidence))
