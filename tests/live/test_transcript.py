"""However events come, the text in the end is the writer's."""

from hypothesis import given
from hypothesis import strategies as st

from app.live.events import STATE, Event
from app.live.transcript import Transcript

COMPONENTS = ("intro", "faq")
WRITING = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=8)


def pieces(component: str, deltas: list[str]) -> list[Event]:
    offsets = [len("".join(deltas[:i])) for i in range(len(deltas))]
    return [Event(f"text:{component}", offset, delta) for offset, delta in zip(offsets, deltas, strict=True)]


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[Event], dict[str, str]]:
    """Events of two components, mixed; each may have been begun and left before, and any tail may come twice."""
    streams, final = [], {}
    for component in COMPONENTS:
        given_up = pieces(component, draw(WRITING))[: draw(st.integers(0, 8))]
        deltas = draw(WRITING)
        written = pieces(component, deltas)
        seen = draw(st.integers(0, len(written)))
        repeated = written[:seen] + written[draw(st.integers(0, seen)) : seen] + written[seen:]
        streams.append([*given_up, *repeated])
        final[component] = "".join(deltas)
    mixed: list[Event] = []
    while any(streams):
        chosen = draw(st.sampled_from([stream for stream in streams if stream]))
        mixed.append(chosen.pop(0))
    return mixed, final


@given(lives())
def test_mixed_repeated_and_begun_again(life: tuple[list[Event], dict[str, str]]) -> None:
    events, final = life
    transcript = Transcript()
    for event in events:
        transcript.hear(event)
        transcript.hear(STATE)
    assert {name: transcript.text(name) for name in COMPONENTS} == final


@given(WRITING, st.data())
def test_after_a_gap_the_whole_text_heals_it(deltas: list[str], data: st.DataObject) -> None:
    events = pieces("intro", deltas)
    lost = data.draw(st.integers(0, len(events) - 1))
    transcript = Transcript()
    for event in [*events[:lost], *events[lost + 1 :]]:
        transcript.hear(event)
    assert "".join(deltas).startswith(transcript.text("intro"))
    transcript.hear(Event("text:intro", 0, "".join(deltas)))
    assert transcript.text("intro") == "".join(deltas)


def test_components_stand_in_the_order_in_which_they_began() -> None:
    transcript = Transcript()
    for name, text in (("faq", "Q"), ("intro", "I"), ("faq", "Q and A"), ("empty", "")):
        transcript.hear(Event(f"text:{name}", 0, text))
    assert transcript.together() == "Q and A\n\nI"
    assert transcript.text("nothing") == ""
