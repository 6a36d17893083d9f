"""Faults, holds and the log of calls: what tests of the whole application build on."""

import json
import threading
from http.client import HTTPConnection, IncompleteRead
from time import monotonic
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest

from app.demo.provider.faults import FAULTS, FaultBook, FaultOrder, parse_model
from tests.demo.asking import PROMPT, post
from tests.demo_provider import DemoProvider


def ask(model: str = "gpt-6-luna", prompt: str = PROMPT) -> dict[str, object]:
    return {"model": model, "input": prompt, "stream": True}


def status_of(demo: DemoProvider, model: str, prompt: str = PROMPT) -> int:
    connection = HTTPConnection(urlsplit(demo.url).netloc)
    connection.request("POST", "/openai/v1/responses", json.dumps(ask(model, prompt)), {"authorization": "Bearer x"})
    status = connection.getresponse().status
    connection.close()
    return status


def begin(demo: DemoProvider, body: dict[str, object]) -> tuple[HTTPConnection, Any]:
    """An answer whose head has arrived."""
    connection = HTTPConnection(urlsplit(demo.url).netloc)
    connection.request("POST", "/openai/v1/responses", json.dumps(body), {"authorization": "Bearer x"})
    return connection, connection.getresponse()


def test_marker_with_an_argument_and_a_count() -> None:
    model, (first, second) = parse_model("gpt-6-luna+500x2+429:7")
    assert model == "gpt-6-luna"
    assert (first.kind.name, first.times) == ("500", 2)
    assert (second.kind.name, second.argument, second.times) == ("429", 7, None)


def test_marker_that_is_no_fault_stays_part_of_the_name() -> None:
    assert parse_model("gpt-6-luna+quantum") == ("gpt-6-luna+quantum", ())


def test_markers_come_in_their_order_for_each_prompt() -> None:
    book, model = FaultBook(), "gpt-6-luna+500x2+429x1"
    _, faults = parse_model(model)
    met = [book.next("openai", model, faults, "a prompt") for _ in range(4)]
    assert [fault and fault.kind.name for fault in met] == ["500", "500", "429", None]
    other = book.next("openai", model, faults, "another prompt")
    assert other
    assert other.kind.name == "500"


def test_posted_fault_is_narrowed_and_counted() -> None:
    book = FaultBook()
    book.post(FaultOrder(fault="500", provider="openai", model="gpt-6-luna", match="lamps", times=1))
    assert book.next("anthropic", "claude-haiku-5-5", (), "lamps") is None
    assert book.next("openai", "gpt-6.1-terra", (), "lamps") is None
    assert book.next("openai", "gpt-6-luna", (), "chairs") is None
    assert book.next("openai", "gpt-6-luna", (), "lamps")
    assert book.next("openai", "gpt-6-luna", (), "lamps") is None


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_can_be_posted(demo_provider: DemoProvider, name: str) -> None:
    demo_provider.fault(name)


def test_fault_that_does_not_exist(demo_provider: DemoProvider) -> None:
    with pytest.raises(HTTPError, match="400"):
        demo_provider.fault("gremlins")


def test_posted_fault_meets_one_call(demo_provider: DemoProvider) -> None:
    demo_provider.fault("529", match="Write: intro")
    assert [status_of(demo_provider, "gpt-6-luna") for _ in range(2)] == [503, 200]
    assert [call["fault"] for call in demo_provider.calls()] == ["529", None]


def test_outage_meets_every_call_of_its_provider(demo_provider: DemoProvider) -> None:
    demo_provider.fault("outage", provider="openai", seconds=30)
    assert [status_of(demo_provider, "gpt-6-luna") for _ in range(3)] == [503, 503, 503]
    body = {"model": "claude-haiku-5-5", "max_tokens": 9, "messages": [{"role": "user", "content": PROMPT}]}
    assert post(demo_provider, "messages", body)


def test_reset_breaks_the_connection_and_cut_ends_it_cleanly(demo_provider: DemoProvider) -> None:
    cut = post(demo_provider, "responses", ask("gpt-6-luna+cut:3"))
    assert cut.count(b"output_text.delta\n") == 3
    assert b"response.completed" not in cut
    with pytest.raises(IncompleteRead):
        post(demo_provider, "responses", ask("gpt-6-luna+reset:3"))


def test_log_of_a_finished_call(demo_provider: DemoProvider) -> None:
    post(demo_provider, "responses", ask())
    (call,) = demo_provider.calls(match="Paper lamps")
    assert (call["provider"], call["model"], call["component"]) == ("openai", "gpt-6-luna", "intro")
    assert (call["status"], call["finished"], call["closed_by_client"]) == (200, True, False)
    assert call["chunks_sent"] > 20
    assert call["started_at"] < call["ended_at"]
    assert demo_provider.calls(match="no such prompt") == []


@pytest.mark.parametrize("model", ["gpt-6-luna", "gpt-6-luna+stall:2", "gpt-6-luna+slow:60"])
def test_client_that_leaves_is_noticed_at_once(demo_provider: DemoProvider, model: str) -> None:
    demo_provider.hold(after_chunks=2)
    connection = HTTPConnection(urlsplit(demo_provider.url).netloc)
    connection.request("POST", "/openai/v1/responses", json.dumps(ask(model)), {"authorization": "Bearer x"})
    demo_provider.wait_for(lambda calls: calls)
    connection.close()
    left = monotonic()
    (call,) = demo_provider.wait_for(lambda calls: calls[0]["closed_by_client"])
    assert monotonic() - left < 1
    assert not call["finished"]


def test_hold_keeps_only_what_it_matches(demo_provider: DemoProvider) -> None:
    demo_provider.hold("Paper lamps", after_chunks=5)
    connection, answer = begin(demo_provider, ask())
    (call,) = demo_provider.wait_for(lambda calls: calls[0]["held"])
    assert call["chunks_sent"] == 5
    assert b"response.completed" in post(demo_provider, "responses", ask(prompt="Write: title\nKeywords: chairs"))
    demo_provider.release()
    assert b"response.completed" in answer.read()
    connection.close()


def test_whole_answer_is_held_too(demo_provider: DemoProvider) -> None:
    demo_provider.hold()
    got: list[bytes] = []
    asking = threading.Thread(target=lambda: got.append(post(demo_provider, "responses", ask() | {"stream": False})))
    asking.start()
    demo_provider.wait_for(lambda calls: calls and calls[0]["held"])
    assert got == []
    demo_provider.release()
    asking.join()
    assert json.loads(got[0])["status"] == "completed"


def test_speed(demo_provider: DemoProvider) -> None:
    demo_provider.speed(100)
    begun = monotonic()
    post(demo_provider, "responses", ask() | {"max_output_tokens": 30})
    assert 0.25 < monotonic() - begun < 3


def test_shared_beginning_is_read_from_the_cache_the_second_time(demo_provider: DemoProvider) -> None:
    body = ask(prompt=PROMPT) | {"instructions": "Keep to the house style. " * 400, "stream": False}
    first, second = (json.loads(post(demo_provider, "responses", body))["usage"] for _ in range(2))
    assert first["input_tokens"] == second["input_tokens"]
    assert first["input_tokens_details"]["cached_tokens"] == 0
    assert (
        first["input_tokens_details"]["cache_write_tokens"] == second["input_tokens_details"]["cached_tokens"] > 1_024
    )
