import msgspec
import pytest

from app.recipes import RECIPES
from app.recipes.text import MOST_INSTRUCTION, MOST_SOURCE_TEXT, TextInputs
from tests.recipes.making import VOICE, problems, read

TEXT = RECIPES["text"]


def test_everything_a_request_can_say_is_read() -> None:
    inputs = read(
        "text",
        action="WRITE",
        sceneId="act-2/7",
        instruction="The lamp goes out.",
        context={
            "scene": "A workshop at night",
            "characters": ["Ida, 60", "Jan"],
            "previous": "It rained.",
            "notes": "n",
        },
        contextOptions={"sources": ["scene", "previous"], "maxTokens": 900},
        promptOverride={"system": "You are a poet.", "user": "Rhyme."},
        lengthTarget=250,
        tone="warm",
    )
    assert isinstance(inputs, TextInputs)
    assert inputs.context.characters == "- Ida, 60\n- Jan"
    assert inputs.length_target == 250
    assert TEXT.action(inputs) == "WRITE"
    assert [TEXT.context_options(inputs).budget(most) for most in (600, 6_000)] == [600, 900]
    assert TEXT.load(msgspec.json.decode(msgspec.json.encode(inputs))) == inputs


@pytest.mark.parametrize("action", ["WRITE", "DESCRIBE"])
def test_writing_and_describing_need_an_instruction_or_context(action: str) -> None:
    refused = problems("text", {"action": action, "instruction": " \n ", "tone": "warm"})
    assert refused == {"instruction": "Say what to write, or give some context."}
    assert not problems("text", {"action": action, "context": {"notes": "A lamp of brass."}})


def test_rewriting_needs_a_text_and_takes_its_length_from_it() -> None:
    assert problems("text", {"action": "REWRITE", "instruction": "Shorter."}) == {"text": "Paste the text to rewrite."}
    inputs = read("text", action="REWRITE", text="The lamp is made of brass and it is heavy.")
    assert TEXT.components(inputs)[0].expected_words == 10


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({}, "action", "Choose what to do: WRITE, REWRITE or DESCRIBE."),
        ({"action": "WIRTE"}, "action", "Choose what to do: WRITE, REWRITE or DESCRIBE. Did you mean “WRITE”?"),
        (
            {"instruction": "x" * (MOST_INSTRUCTION + 1)},
            "instruction",
            "This has 20,001 characters; shorten it to 20,000",
        ),
        ({"instruction": "x" * 100_000}, "instruction", "This has 100,000 characters; shorten it to 20,000 or fewer."),
        ({"text": "é" * (MOST_SOURCE_TEXT + 1)}, "text", "This has 60,001 characters"),
        (
            {"instruction": "PK\x03\x04\x00\x00"},
            "instruction",
            "Character 3 is not text. Paste this again as plain text.",
        ),
        ({"context": {"scene": "half \ud83d of a pair"}}, "context.scene", "Character 6 is not text."),
        ({"context": {"scene": 7}}, "context.scene", "Write this as text."),
        ({"context": "a shop"}, "context", "Give an object with named fields."),
        ({"context": {"scenes": "a shop"}}, "context.scenes", "Did you mean “scene”?"),
        ({"context": {"characters": ["Ida", 3]}}, "context.characters[1]", "Write this as text."),
        ({"contextOptions": {"sources": ["weather"]}}, "contextOptions.sources[0]", "Choose among scene, characters"),
        ({"contextOptions": {"maxTokens": -1}}, "contextOptions.maxTokens", "Give a whole number of tokens from 0"),
        ({"promptOverride": {"user": "\x00"}}, "promptOverride.user", "Character 1 is not text."),
        ({"lengthTarget": 0}, "lengthTarget", "Give a whole number of words from 1 to 20,000."),
        ({"lengthTarget": 20_001}, "lengthTarget", "Give a whole number of words from 1 to 20,000."),
        ({"lengthTarget": "many"}, "lengthTarget", "Give a whole number of words from 1 to 20,000."),
        ({"lengthTarget": True}, "lengthTarget", "Give a whole number of words from 1 to 20,000."),
        ({"insruction": "Write."}, "insruction", "There is no field “insruction” here. Did you mean “instruction”?"),
        ({"pageType": "faq"}, "pageType", "There is no field “pageType” here."),
    ],
)
def test_what_cannot_be_used_is_refused_at_its_field(fields: dict[str, object], field: str, message: str) -> None:
    given = {"action": "WRITE", "instruction": "Write.", **fields} if fields else {}
    assert message in problems("text", given)[field]


def test_a_text_may_be_exactly_as_long_as_the_limit() -> None:
    assert not problems("text", {"action": "WRITE", "instruction": "x" * MOST_INSTRUCTION})


def test_every_problem_is_told_at_once() -> None:
    refused = problems("text", {"action": "REWRITE", "tone": 1, "lengthTarget": -3, "colour": "red"})
    assert set(refused) == {"text", "tone", "lengthTarget", "colour"}


def test_a_refused_text_is_not_called_missing_too() -> None:
    assert list(problems("text", {"action": "WRITE", "instruction": "\x00"})) == ["instruction"]


@pytest.mark.parametrize(
    "instruction",
    [
        "🪔 lamp 👩‍🔧",
        "מנורת שולחן من النحاس",
        '<script>alert("1")</script>',
        "{{ price }} and {% if %}",
        "“quoted” 'too'",
    ],
)
def test_unusual_content_stays_word_for_word(instruction: str) -> None:
    inputs = read("text", action="WRITE", instruction=instruction)
    component = TEXT.components(inputs)[0]
    assert f"Request:\n{instruction}" in TEXT.instructions(inputs, component, "en", None, "").user


def test_line_ends_and_composed_letters_are_brought_to_one_form() -> None:
    inputs = read("text", action="WRITE", instruction="\ufeffCafe\u0301\r\nau lait\x0b\tnow ")
    assert isinstance(inputs, TextInputs)
    assert inputs.instruction == "Café\nau lait\n\tnow"


def test_the_title_is_the_beginning_of_what_was_asked_for() -> None:
    assert TEXT.title(read("text", action="WRITE", instruction="About\nbrass   lamps")) == "About brass lamps"
    long = TEXT.title(read("text", action="WRITE", instruction="brass lamps, " * 20))
    assert long == "brass lamps, " * 8 + "brass lamps…"
    unbroken = TEXT.title(read("text", action="WRITE", instruction="灯" * 200))
    assert unbroken == "灯" * 119 + "…"
    assert TEXT.title(read("text", action="DESCRIBE", context={"notes": "A heavy lamp"})) == "A heavy lamp"


def test_the_context_has_the_sources_that_the_request_permits() -> None:
    context = {"scene": "A shop", "characters": "Ida", "previous": "It rained.", "notes": "Slow."}
    everything = read("text", action="WRITE", context=context)
    chosen = read("text", action="WRITE", context=context, contextOptions={"sources": ["notes"]})
    none = read("text", action="WRITE", context=context, contextOptions={"sources": []})
    assert [s.name for s in TEXT.sources(everything, VOICE)] == ["voice", "scene", "characters", "notes", "previous"]
    assert [s.name for s in TEXT.sources(chosen, VOICE)] == ["voice", "notes"]
    assert TEXT.sources(none, None) == ()
    assert not TEXT.context_options(chosen).permit("product_data")


def test_a_wished_length_becomes_bounds_in_the_languages_own_counting() -> None:
    inputs = read("text", action="WRITE", instruction="x", lengthTarget=200)
    german, chinese = (TEXT.expectations(inputs, code).bounds[0] for code in ("de", "zh"))
    assert (german.component, german.unit, german.low, german.high) == ("text", "words", 150, 250)
    assert (chinese.unit, chinese.low, chinese.high) == ("characters", 270, 450)
    assert TEXT.expectations(read("text", action="WRITE", instruction="x"), "de").bounds == ()


def test_the_output_is_kept_without_a_fence_around_it() -> None:
    inputs = read("text", action="WRITE", instruction="x")
    assert (
        TEXT.assemble(inputs, "en", {"text": "```markdown\n# A {{ lamp }}\n\nLight.\n```\n"})
        == "# A {{ lamp }}\n\nLight."
    )
    two_blocks = "```\na\n```\n\n```\nb\n```"
    assert TEXT.assemble(inputs, "en", {"text": two_blocks}) == two_blocks


def test_what_a_person_gave_can_be_looked_up_whole() -> None:
    given = read("text", action="WRITE", instruction="Keep {{ a }}", context={"notes": "and [INSERT b]"}).given()
    assert "Keep {{ a }}" in given
    assert "and [INSERT b]" in given
