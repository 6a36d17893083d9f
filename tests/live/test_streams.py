"""A page's stream: only what changed, and whoever is slow gets the present."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.live.hub import Hub
from app.live.publish import Publisher
from app.live.streams import Region, frame, page_stream
from app.live.tickets import LIFETIME_SECONDS, is_valid, ticket_for

RUN, PROJECT = "run:1", "project:1"
SECRET = "a secret of 32 characters or more"


class Page:
    """Two regions with a number each; ``made`` counts how often each was rendered."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.numbers = {"state": 0, "meter": 0}
        self.made = {"state": 0, "meter": 0}
        self.may_go_on = True
        self.regions = [self._region("state", RUN), self._region("meter", PROJECT)]

    def _region(self, name: str, topic: str) -> Region:
        async def render() -> tuple[str, ...]:
            self.made[name] += 1
            return (f"<b>{name} {self.numbers[name]}</b>", f"<i>{name}</i>")

        return Region(name, frozenset({(topic, "state")}), render, pause=0.01)

    def stream(self, last_event_id: str | None = None, heartbeat: float = 5.0) -> AsyncIterator[bytes]:
        async def may_go_on() -> bool:
            return self.may_go_on

        return page_stream(
            self.hub, self.regions, last_event_id=last_event_id, heartbeat=heartbeat, may_go_on=may_go_on
        )


@pytest.fixture
def page(hub: Hub) -> Page:
    return Page(hub)


async def following(stream: AsyncIterator[bytes], count: int = 1) -> list[str]:
    """The next events, without the greeting."""
    found: list[str] = []
    async with asyncio.timeout(10):
        while len(found) < count:
            event = (await anext(stream)).decode()
            if not event.startswith("retry:"):
                found.append(event)
    return found


async def test_everything_comes_first_then_only_what_changed(page: Page, publisher: Publisher) -> None:
    stream = page.stream()
    [first] = await following(stream)
    assert "<b>state 0</b><i>state</i><b>meter 0</b><i>meter</i>" in first
    page.numbers["meter"] = 1
    await publisher.changed(PROJECT)
    [second] = await following(stream)
    assert second.endswith("data: <b>meter 1</b>\n\n")
    assert page.made == {"state": 1, "meter": 2}


async def test_what_looks_the_same_is_not_sent_again(page: Page, publisher: Publisher) -> None:
    stream = page.stream(heartbeat=0.2)
    await following(stream)
    await publisher.changed(RUN)
    [event] = await following(stream)
    assert event.startswith("event: heartbeat")
    assert page.made["state"] == 2


async def test_a_slow_reader_gets_the_present_and_not_the_past(page: Page, publisher: Publisher) -> None:
    stream = page.stream()
    await following(stream)
    for number in range(1, 30):
        page.numbers["state"] = number
        await publisher.changed(RUN)
    seen = await following(stream)
    while "state 29" not in seen[-1]:
        seen += await following(stream)
    assert len(seen) <= 2


async def test_who_comes_back_current_gets_nothing_until_something_changes(page: Page, publisher: Publisher) -> None:
    await publisher.changed(RUN, PROJECT)
    [first] = await following(page.stream())
    position = first.partition("\n")[0].removeprefix("id: ")
    stream = page.stream(position)
    waiting = asyncio.ensure_future(following(stream))
    await asyncio.wait({waiting}, timeout=0.2)
    assert not waiting.done()
    page.numbers["state"] = 1
    await publisher.changed(RUN)
    [event] = await waiting
    assert "state 1" in event
    assert "meter" not in event


@pytest.mark.parametrize("last", ["0-1~0-1", "nonsense", "\x00", "x" * 3000])
async def test_who_comes_back_with_another_position_gets_everything(
    page: Page, publisher: Publisher, last: str
) -> None:
    await publisher.changed(RUN, PROJECT)
    [first] = await following(page.stream(last))
    assert "state 0" in first
    assert "meter 0" in first


async def test_it_ends_when_it_may_not_go_on_and_when_the_process_ends(page: Page) -> None:
    page.may_go_on = False
    assert [event async for event in page.stream(heartbeat=0.05)][-1].startswith(b"id: ")
    page.may_go_on = True
    stream = page.stream()
    await following(stream)
    page.hub.end()
    assert [event async for event in stream] == []


async def test_two_pages_share_what_is_rendered(page: Page) -> None:
    streams = [page.stream() for _ in range(5)]
    await asyncio.gather(*(following(stream) for stream in streams))
    assert page.made == {"state": 1, "meter": 1}


@given(st.text(alphabet=st.characters(codec="utf-8")), st.sampled_from([None, "preview"]))
def test_a_frame_carries_any_text_whole(text: str, name: str | None) -> None:
    sent = frame(text, event=name, event_id="1-0").decode()
    assert sent.endswith("\n\n")
    lines = sent[:-2].split("\n")
    data = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
    assert "\n".join(data) == text.replace("\r\n", "\n").replace("\r", "\n")
    assert len(data) == len(lines) - (2 if name else 1)


class TestTickets:
    def test_one_is_for_its_run_alone(self) -> None:
        run, other = uuid4(), uuid4()
        ticket = ticket_for(SECRET, run)
        assert is_valid(SECRET, ticket, run)
        assert not is_valid(SECRET, ticket, other)
        assert not is_valid("another " + SECRET, ticket, run)

    def test_one_ends_after_an_hour(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from itsdangerous import TimestampSigner

        run = uuid4()
        ticket = ticket_for(SECRET, run)
        present = TimestampSigner(SECRET).get_timestamp()
        for later, valid in ((LIFETIME_SECONDS - 5, True), (LIFETIME_SECONDS + 5, False)):
            monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _, at=present + later: at)
            assert is_valid(SECRET, ticket, run) is valid

    @given(st.text())
    def test_what_somebody_made_up_is_none(self, made_up: str) -> None:
        assert not is_valid(SECRET, made_up, uuid4())
