"""The JSON in docs/api.md has the fields that the API really sends, in the same order."""

import json
from typing import Any

from app.clock import now
from app.errors import FieldError, ValidationFailed
from app.queue.depth import place_of
from app.runs.story import read_story
from app.runs.wire import accepted, details, final_result
from app.studio import Studio
from app.web.problems import problem_json, problem_of
from tests.docs.reading import API
from tests.world import World, submitted

ACCEPTED, DETAILS, PROBLEM = (json.loads(block) for block in API.blocks("json"))


def events() -> dict[str, Any]:
    """The examples of the stream, by name."""
    stream = next(block for block in API.blocks("") if block.startswith("id: "))
    told = [json.loads(line.removeprefix("data: ")) for line in stream.splitlines() if line.startswith("data: ")]
    return {event["type"]: event for event in told}


async def test_the_answers_to_a_submit_and_to_a_question(studio: Studio, world: World) -> None:
    run = await submitted(studio, world)
    answer = accepted(run, await place_of(run, now(), 10), studio.settings)
    assert list(answer) == list(ACCEPTED)
    assert list(answer["estimatedCost"]) == list(ACCEPTED["estimatedCost"])
    story = await read_story(run, studio.settings)
    assert list(details(story)) == list(DETAILS)
    assert list(details(story)["stages"][0]) == list(DETAILS["stages"][0])
    assert list(final_result(story)) == list(events()["completed"]["result"])


def test_a_problem() -> None:
    error = ValidationFailed.of(FieldError("model", "unknown", "It is not known."))
    body = json.loads(problem_json(problem_of(error), "http://127.0.0.1:8000").content)
    assert list(body) == list(PROBLEM)
    assert list(body["errors"][0]) == list(PROBLEM["errors"][0])
