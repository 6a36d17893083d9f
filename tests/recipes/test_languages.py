import pytest

from app.errors import ValidationFailed
from app.recipes.languages import LANGUAGES, count_words, find_language, language_of, read_language


def test_the_promised_languages_are_there_with_every_heading() -> None:
    assert {"en", "de", "fr", "es", "it", "pt", "nl", "pl", "ja", "ko", "zh"} <= set(LANGUAGES)
    wanted = set(LANGUAGES["en"].headings)
    assert all(set(language.headings) == wanted and all(language.headings.values()) for language in LANGUAGES.values())


@pytest.mark.parametrize(("code", "found"), [("de", "de"), ("DE", "de"), ("pt-BR", "pt"), ("zh_Hant_TW", "zh")])
def test_regions_are_understood_as_their_language(code: str, found: str) -> None:
    assert read_language(code).code == found


@pytest.mark.parametrize("value", ["xx", "", "deutsch", 7, None, ["de"]])
def test_an_unknown_language_is_refused_with_the_known_ones(value: object) -> None:
    with pytest.raises(ValidationFailed) as refused:
        read_language(value)
    assert refused.value.errors[0].field == "language"
    assert "en, de, fr" in refused.value.message


def test_languages_count_in_their_own_way() -> None:
    german, chinese = LANGUAGES["de"], LANGUAGES["zh"]
    assert str(german) == "German (de)"
    assert (german.from_words(100), german.from_letters(60)) == (100, 60)
    assert (chinese.from_words(100), chinese.from_letters(60)) == (180, 30)
    assert LANGUAGES["ar"].direction == "rtl"
    assert language_of("xx").code == "en"
    assert find_language("xx") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("— … !", 0),
        ("Ida's lamp, well-made: 1,200 hours", 5),
        ("这盏台灯", 4),
        ("LED 台灯", 3),
        ("真鍮のランプ", 6),
        ("황동 책상 램프", 3),
        ("**bold** [link](x)", 3),
    ],
)
def test_words_are_counted_across_scripts(text: str, words: int) -> None:
    assert count_words(text) == words
