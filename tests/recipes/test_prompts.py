"""What is sent for each component: whole where the wording is ours, line by line where others rely on the lines."""

import pytest

from app.recipes import RECIPES
from app.recipes.page_types import PAGE_TYPES
from tests.recipes.making import VOICE, asked, read

PAGE = RECIPES["page"]
LAMPS = read(
    "page",
    pageType="category",
    targetUrl="https://shop.example/brass-lamps",
    keywords=["brass lamp", "desk lamp"],
    facts={"Height": "42 cm"},
)


def test_the_title_of_a_page() -> None:
    assert asked("page", LAMPS, "title", "de").user == (
        "Write: title\n"
        "Language: German (de)\n"
        "Length: at most 60 characters\n"
        "Subject: brass lamp\n"
        "\n"
        "The title that search engines and browser tabs show: one plain line without Markdown or quotation marks, "
        "25 to 60 characters. The first keyword stands near its beginning. Say what the page offers; a name of the "
        "brand comes last, if the material has one. Name the kind of product and what the choice is like."
    )


@pytest.mark.parametrize(
    ("component", "length", "wish"),
    [
        ("title", "at most 60 characters", "one plain line without Markdown"),
        ("meta_description", "at most 160 characters", "70 to 160 characters"),
        ("h1", "at most 90 characters", "Name the category as a shopper would say it."),
        ("intro", "about 80 words", "without any heading or list"),
        ("sections", "about 420 words", "2. How to choose: the three or four properties"),
        ("faq", "about 220 words", "4 questions that a reader of this page really asks"),
    ],
)
def test_each_component_is_asked_for_in_lines_that_can_be_read_back(component: str, length: str, wish: str) -> None:
    user = asked("page", LAMPS, component).user
    assert user.splitlines()[:5] == [
        f"Write: {component}",
        "Language: English (en)",
        f"Length: {length}",
        "Subject: brass lamp",
        "",
    ]
    assert wish in user


def test_lengths_are_asked_for_in_the_languages_own_counting() -> None:
    assert "Length: at most 30 characters" in asked("page", LAMPS, "title", "zh").user
    assert (
        "Length: about 144 characters, as long as about 80 words of English" in asked("page", LAMPS, "intro", "zh").user
    )


@pytest.mark.parametrize("page_type", PAGE_TYPES)
def test_the_shared_part_is_the_same_for_every_component_and_ends_with_the_context(page_type: str) -> None:
    inputs = read("page", pageType=page_type, targetUrl="https://shop.example/brass-lamps")
    prompts = [PAGE.instructions(inputs, each, "fr", VOICE, "Facts:\n- Height: 42") for each in PAGE.components(inputs)]
    assert len({(prompt.system, prompt.shared) for prompt in prompts}) == 1
    assert len({prompt.user for prompt in prompts}) == 6
    assert prompts[0].shared == (
        f"The page: {PAGE_TYPES[page_type].label}. {PAGE_TYPES[page_type].help}\n"
        "Its address: https://shop.example/brass-lamps\n"
        "Forbidden words: cheap; ultimate\n"
        "\n"
        "Context:\nFacts:\n- Height: 42"
    )
    assert "Write in French (fr)" in prompts[0].system


def test_without_keywords_none_are_spoken_of() -> None:
    inputs = read("page", pageType="faq", targetUrl="https://shop.example/lamps")
    assert all("keyword" not in asked("page", inputs, each.name).user for each in PAGE.components(inputs))


def test_a_text_to_write() -> None:
    inputs = read(
        "text",
        action="WRITE",
        instruction="A night\nin the shop",
        tone="warm",
        lengthTarget=200,
        context={"scene": "Night"},
    )
    prompt = asked("text", inputs, "text", "es", "Scene:\nNight")
    assert prompt.shared == "Context:\nScene:\nNight"
    assert prompt.user == (
        "Write: text\n"
        "Language: Spanish (es)\n"
        "Length: about 200 words\n"
        "Subject: A night in the shop\n"
        "Tone: warm\n"
        "\n"
        "Write the text that the request below asks for.\n"
        "Stay inside the scene: its place, its time, who is present and what each of them can know.\n"
        "\n"
        "Request:\nA night\nin the shop"
    )


def test_the_source_marks_stand_around_a_source_and_nowhere_else() -> None:
    inputs = read("text", action="REWRITE", text="The lamp,\nit is good.", instruction="Shorter.")
    user = asked("text", inputs, "text").user
    assert "Length: about 5 words" in user
    assert "What to change:\nShorter." in user
    assert user.endswith("<source>\nThe lamp,\nit is good.\n</source>")
    written = asked("text", read("text", action="WRITE", instruction="x"), "text")
    assert "source>" not in written.system + written.user
    assert user.count("<source>") == 1


def test_a_subject_to_describe() -> None:
    user = asked("text", read("text", action="DESCRIBE", context={"notes": "A lamp"}), "text").user
    assert "Length: about 150 words" in user
    assert user.endswith("Request:\nDescribe the subject that the context presents.")


def test_a_scene_that_the_request_does_not_permit_is_not_spoken_of() -> None:
    inputs = read("text", action="WRITE", context={"scene": "Night", "previous": "x"}, contextOptions={"sources": []})
    user = asked("text", inputs, "text").user
    assert "scene" not in user
    assert "earlier text" not in user


def test_an_override_replaces_our_words_and_keeps_the_material() -> None:
    override = {"system": "You are {{ a poet }}.", "user": "Rhyme {% this %}."}
    written = asked("text", read("text", action="WRITE", promptOverride=override), "text", context="Notes:\nx")
    rewritten = asked("text", read("text", action="REWRITE", text="Old.", promptOverride=override), "text")
    assert (written.system, written.user) == ("You are {{ a poet }}.", "Rhyme {% this %}.")
    assert written.shared == "Context:\nNotes:\nx"
    assert rewritten.user == "Rhyme {% this %}.\n\n<source>\nOld.\n</source>"
    ours = asked("text", read("text", action="WRITE", instruction="x", promptOverride={"user": "Rhyme."}), "text")
    assert ours.system.startswith("You write and edit copy")


def test_the_forbidden_words_of_the_voice_are_in_every_prompt() -> None:
    inputs = read("text", action="WRITE", instruction="x")
    component = RECIPES["text"].components(inputs)[0]
    assert RECIPES["text"].instructions(inputs, component, "en", VOICE, "").shared == "Forbidden words: cheap; ultimate"
