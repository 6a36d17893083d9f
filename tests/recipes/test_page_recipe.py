import msgspec
import pytest

from app.recipes import RECIPES
from app.recipes.page import PageInputs
from app.recipes.page_types import PAGE_TYPES
from tests.recipes.making import VOICE, problems, read

PAGE = RECIPES["page"]
ADDRESS = "https://shop.example/lamps/brass-desk-lamps"
PARTS = {
    "title": "Brass desk lamps",
    "meta_description": "Lamps of solid brass.",
    "h1": "Brass lamps for the desk",
    "intro": "They are heavy.",
    "sections": "## How they are made\n\nBy hand.",
    "faq": "### Are they heavy?\n\nYes.",
}


def page(page_type: str = "category", **fields: object) -> PageInputs:
    inputs = read("page", **{"pageType": page_type, "targetUrl": ADDRESS, **fields})
    assert isinstance(inputs, PageInputs)
    return inputs


def assembled(inputs: PageInputs, language: str = "en", **parts: str) -> str:
    return PAGE.assemble(inputs, language, {**PARTS, **parts})


def test_keywords_and_facts_are_read_in_their_order_without_repeats() -> None:
    inputs = page(
        keywords=["brass  lamp", "Lamp", "BRASS LAMP", " ", "brass lamp"],
        facts={"Height": 42, "Weight": 1.5, "Depth": 20.0, "Colour": " gold ", "Origin": None, "Note": ""},
    )
    assert inputs.keywords == ("brass lamp", "Lamp")
    assert [str(fact) for fact in inputs.facts] == ["Height: 42", "Weight: 1.5", "Depth: 20", "Colour: gold"]
    assert PAGE.load(msgspec.json.decode(msgspec.json.encode(inputs))) == inputs


def test_facts_can_be_lines_with_and_without_a_name() -> None:
    facts = page(
        facts=["Material: solid brass", "Made in Berlin since 1921.", "https://a.example/x", "高さ：42 cm"]
    ).facts
    assert [(fact.name, fact.value) for fact in facts] == [
        ("Material", "solid brass"),
        ("", "Made in Berlin since 1921."),
        ("", "https://a.example/x"),
        ("高さ", "42 cm"),
    ]


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"pageType": "catgory"}, "pageType", "Choose a page type: category, product, brand"),
        ({"pageType": "catgory"}, "pageType", "Did you mean “category”?"),
        ({"pageType": None}, "pageType", "Choose a page type"),
        ({"targetUrl": ""}, "targetUrl", "Give the address of the page, as in https://shop.example/lamps."),
        ({"targetUrl": "x" * 2_001}, "targetUrl", "This has 2,001 characters"),
        ({"targetUrl": "brass lamps"}, "targetUrl", "Leave out the spaces"),
        ({"targetUrl": "javascript:alert(1)"}, "targetUrl", "Begin with https://, as in https://shop.example/lamps."),
        ({"keywords": "brass lamp"}, "keywords", "Give a list of texts."),
        ({"keywords": ["lamp", 7]}, "keywords[1]", "Write this as text."),
        ({"keywords": ["lamp", "x", "y", "a\x00b"]}, "keywords[3]", "Character 2 is not text."),
        ({"keywords": ["k" * 201]}, "keywords[0]", "This has 201 characters; shorten it to 200"),
        ({"keywords": [str(n) for n in range(51)]}, "keywords", "These are 51; give at most 50."),
        ({"facts": "brass"}, "facts", "Give the facts as names with values, or as a list of texts."),
        ({"facts": {"Height": True}}, "facts.Height", "Write this fact as text or as a number."),
        ({"facts": {"Height": [1]}}, "facts.Height", "Write this fact as text or as a number."),
        ({"facts": {"Serial": 10**5000}}, "facts.Serial", "Write this fact as text or as a number."),
        ({"facts": {"Weight": float("nan")}}, "facts.Weight", "Write this fact as text or as a number."),
        ({"facts": {"a\x00": "b"}}, "facts[0]", "Character 2 is not text."),
        ({"facts": {str(n): "x" for n in range(201)}}, "facts", "These are 201; give at most 200."),
        ({"keyword": ["lamp"]}, "keyword", "Did you mean “keywords”?"),
        ({"audience": "buyers"}, "audience", "There is no field “audience” here."),
    ],
)
def test_what_cannot_be_used_is_refused_at_its_field(fields: dict[str, object], field: str, message: str) -> None:
    assert message in problems("page", {"pageType": "category", "targetUrl": ADDRESS, **fields})[field]


def test_every_problem_is_told_at_once() -> None:
    refused = problems("page", {"targetUrl": "ftp://x", "keywords": [1, "ok", 2], "facts": 5, "more": 1})
    assert set(refused) == {"pageType", "targetUrl", "keywords[0]", "keywords[2]", "facts", "more"}


@pytest.mark.parametrize(
    "keyword",
    ['"brass" lamp', "🪔", "lampe d'étude", "מנורת שולחן", "<script>alert(1)</script>", "{{ keyword }}", "{% raw %}"],
)
def test_unusual_keywords_reach_the_prompt_word_for_word(keyword: str) -> None:
    sources = PAGE.sources(page(keywords=[keyword, "lamp"]), None)
    assert sources[-1].text == f"{keyword}; lamp"


def test_the_voice_the_facts_and_the_keywords_are_sources_and_the_forbidden_words_are_not() -> None:
    voice, facts, keywords = PAGE.sources(page(keywords=["lamp"], facts={"Height": 42}), VOICE)
    assert voice.priority > facts.priority > keywords.priority
    assert "exact and friendly" in voice.text
    assert "handmade; lasting" in voice.text
    assert "ultimate" not in voice.text
    assert facts.text == "- Height: 42"


@pytest.mark.parametrize("page_type", PAGE_TYPES)
def test_every_page_type_has_six_components_and_puts_each_of_them_in_once(page_type: str) -> None:
    inputs = page(page_type, facts={"Height": "42 cm"})
    assert [each.name for each in PAGE.components(inputs)] == list(PARTS)
    whole = assembled(inputs, "de")
    assert all(whole.count(part) == 1 for part in PARTS.values() if part not in ("Brass desk lamps",))
    assert whole.startswith(
        "**Titel:** Brass desk lamps\\\n**Meta-Beschreibung:** Lamps of solid brass.\n\n---\n\n# Brass lamps"
    )
    assert "\n\n\n" not in whole
    assert "## Häufige Fragen\n\n### Are they heavy?" in whole


def test_only_facts_with_a_name_are_listed_on_the_page() -> None:
    assert "At a glance" not in assembled(page("product", facts=["Made in Berlin by hand."]))


def test_page_types_order_their_parts_by_what_their_readers_look_for() -> None:
    def order(page_type: str) -> list[str]:
        whole = assembled(page(page_type, facts={"Street": "Lampenweg 4"}))
        return sorted(
            ["They are heavy", "By hand", "### Are they heavy?", "Lampenweg 4"], key=lambda part: whole.find(part)
        )

    assert order("category") == [
        "Lampenweg 4",
        "They are heavy",
        "By hand",
        "### Are they heavy?",
    ]  # no facts: not found
    assert order("product") == ["They are heavy", "Lampenweg 4", "By hand", "### Are they heavy?"]
    assert order("faq")[-2:] == ["### Are they heavy?", "By hand"]
    assert order("landing")[-2:] == ["### Are they heavy?", "By hand"]
    assert "> They are heavy." in assembled(page("article"))
    assert "## Find us\n\n- **Street:** Lampenweg 4\n- **Phone:** 030" in assembled(
        page("local", facts={"Street": "Lampenweg 4", "Phone": "030"})
    )


def test_parts_that_are_not_there_yet_are_left_out() -> None:
    inputs = page("brand")
    assert PAGE.assemble(inputs, "en", {}) == ""
    assert PAGE.assemble(inputs, "en", {"h1": "Lamps", "intro": "Heavy."}) == "# Lamps\n\nHeavy."
    assert PAGE.assemble(inputs, "en", {"title": "A", "faq": "### Q"}) == (
        "**Title:** A\n\n---\n\n---\n\n## Frequently asked questions\n\n### Q"
    )


def test_template_marks_in_parts_and_facts_stay_what_they_are() -> None:
    whole = assembled(page("product", facts={"{{ 7 * 7 }}": "{% raw %}"}), intro="{{ title }} {# no comment #}")
    assert "{{ title }} {# no comment #}" in whole
    assert "**{{ 7 * 7 }}:** {% raw %}" in whole
    assert "49" not in whole


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ('"Brass lamps"', "Brass lamps"),
        ("# Brass lamps\n\nMore of it", "Brass lamps"),
        ("**Brass lamps**", "Brass lamps"),
        ("「真鍮」", "真鍮"),
        ('"Brass" and "gold"', '"Brass" and "gold"'),
        ("```\nBrass lamps\n```", "Brass lamps"),
        ("5 * 3 lamps", "5 * 3 lamps"),
    ],
)
def test_a_line_loses_what_models_wrap_around_it(written: str, used: str) -> None:
    assert f"\n# {used}\n" in assembled(page(), h1=written)


def test_the_title_is_what_the_address_is_about() -> None:
    assert PAGE.title(page()) == "Brass desk lamps"
    assert PAGE.title(page(targetUrl="https://shop.example/", keywords=["oak chairs"])) == "Oak chairs"
    assert PAGE.title(page(targetUrl="https://shop.example/")) == "shop.example"


def test_lines_are_bound_in_letters_and_bodies_in_the_languages_counting() -> None:
    bounds = {code: {b.component: b for b in PAGE.expectations(page(), code).bounds} for code in ("en", "ja")}
    assert (bounds["en"]["title"].low, bounds["en"]["title"].high) == (25, 60)
    assert (bounds["ja"]["title"].low, bounds["ja"]["title"].high) == (12, 30)
    assert (bounds["en"]["meta_description"].low, bounds["en"]["meta_description"].high) == (70, 160)
    assert bounds["en"]["sections"].unit == "words"
    assert bounds["ja"]["sections"].unit == "characters"
    assert PAGE.expectations(page(keywords=["lamp"]), "en").keywords == ("lamp",)
