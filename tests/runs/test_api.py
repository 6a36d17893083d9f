"""The API's calls about one run, over HTTP, held against the contract's names, types and statuses."""

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.database import execute, fetchval
from app.errors import TokenLimitExceeded
from app.queue.work import Workplace, work_on_one
from app.runs.tables import Status
from app.studio import Studio
from tests.browsing import Browser
from tests.runs.making import completed, failed, running
from tests.world import PAGE, WRITE, World, again, balances, bearer, set_limit, submitted

API = "/api/v1/generations"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
MONEY = re.compile(r"\d+\.\d{2,8}")
STAGES = [
    *("validation", "context-building", "component-generation", "template-assembly"),
    *("quality-validation", "post-processing", "storage"),
]
HOSTILE = "“Lamp” <script>alert(1)</script> 💡 مصباح {{ 7*7 }} {% include 'web/error.html' %} \u202e"


@pytest.fixture
async def colin(world: World, web_server: str) -> AsyncIterator[httpx.AsyncClient]:
    """A program with the token of an editor."""
    async with Browser(web_server, headers=await bearer(world.colin, world.lamps)) as program:
        yield program.http


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text[:200]
    body: dict[str, Any] = answer.json()
    assert set(body) == {"type", "title", "status", "detail", "code", "retryable", "errors"}
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code), body
    assert body["type"].endswith(f"/errors/{code}")
    assert body["title"]
    assert body["detail"]
    return body


def fields(answer: httpx.Response) -> dict[str, str]:
    body = problem(answer, 422, "VALIDATION_ERROR")
    for error in body["errors"]:
        assert set(error) == {"field", "code", "message"}
        assert error["message"]
    return {error["field"]: error["code"] for error in body["errors"]}


async def test_asking_answers_with_the_run_its_place_its_price_and_its_addresses(
    colin: httpx.AsyncClient, world: World, web_server: str
) -> None:
    answer = await colin.post(API, json=WRITE)
    body = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"{API}/{body['jobId']}"
    estimate, sse, duration = body.pop("estimatedCost"), body.pop("sseUrl"), body.pop("estimatedDuration")
    assert body == {
        "jobId": body["jobId"],
        "status": "queued",
        "position": 1,
        "priority": "high",
        "priorityReasons": body["priorityReasons"],
        "cancelUrl": f"{web_server}{API}/{body['jobId']}",
        "projectId": str(world.lamps.id),
        "kind": "text",
        "title": "A short guide to choosing a desk lamp",
        "episodeNumber": None,
        "cached": False,
    }
    assert body["priorityReasons"]
    assert all(isinstance(reason, str) for reason in body["priorityReasons"])
    assert set(estimate) == {"low", "expected", "high"}
    assert all(MONEY.fullmatch(amount) for amount in estimate.values()), estimate
    assert sse.startswith(f"{web_server}{API}/{body['jobId']}/events?ticket=")
    assert isinstance(duration, int)
    assert await fetchval("select member from run") == world.colin


@pytest.mark.parametrize("project", ["lamps", "id", None])
async def test_the_project_is_the_tokens_by_its_id_by_its_slug_or_by_silence(
    colin: httpx.AsyncClient, world: World, project: str | None
) -> None:
    named = {} if project is None else {"projectId": str(world.lamps.id) if project == "id" else project}
    assert (await colin.post(API, json=WRITE | named)).json()["projectId"] == str(world.lamps.id)


@pytest.mark.parametrize("project", ["chairs", "nowhere", 7, ["lamps"], {"id": "lamps"}, ""])
async def test_another_project_is_not_found(colin: httpx.AsyncClient, project: object) -> None:
    problem(await colin.post(API, json=WRITE | {"projectId": project}), 404, "JOB_NOT_FOUND")
    assert await fetchval("select count(*) from run") == 0


async def test_a_scheduled_run_has_no_position(colin: httpx.AsyncClient) -> None:
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = (await colin.post(API, json=WRITE | {"scheduledFor": later})).json()
    assert (body["status"], body["position"]) == ("scheduled", None)
    known = (await colin.get(f"{API}/{body['jobId']}")).json()
    assert (known["status"], known["position"]) == ("scheduled", None)
    assert known["waitingBecause"].startswith("It starts at ")


async def test_a_waiting_run_is_told_with_its_place(colin: httpx.AsyncClient, studio: Studio, world: World) -> None:
    await submitted(studio, world)
    run = await submitted(studio, world, PAGE)
    body = (await colin.get(f"{API}/{run.id}")).json()
    assert TIME.fullmatch(body.pop("createdAt"))
    assert body.pop("stages") == [
        {"name": name, "status": "pending", "durationMs": None, "error": None} for name in STAGES
    ]
    assert body == {
        "jobId": str(run.id),
        "status": "queued",
        "progress": 0,
        "currentStep": None,
        "projectId": str(world.lamps.id),
        "kind": "page",
        "title": "Brass desk lamps",
        "episodeNumber": None,
        "wordCount": None,
        "tokens": {"input": 0, "output": 0, "cached": 0},
        "cost": "0.00",
        "attempts": 0,
        "startedAt": None,
        "completedAt": None,
        "estimatedRemainingTime": None,
        "position": 2,
        "waitingBecause": "1 run is ahead of it in the high lane.",
        "errorCode": None,
        "errorMessage": None,
        "retryable": False,
        "episodeId": None,
        "savedToEpisode": False,
        "result": None,
        "variants": [],
    }


async def test_a_running_run_tells_how_far_it_is(colin: httpx.AsyncClient, studio: Studio, world: World) -> None:
    claim = await running(studio, world)
    body = (await colin.get(f"{API}/{claim.run.id}")).json()
    assert (body["status"], body["progress"], body["currentStep"]) == ("running", 45, "component-generation")
    assert [stage["status"] for stage in body["stages"]] == ["completed"] * 2 + ["running"] + ["pending"] * 4
    assert body["stages"][0]["durationMs"] == 3
    assert body["estimatedRemainingTime"] >= 1
    assert TIME.fullmatch(body["startedAt"])
    assert body["result"] is body["position"] is body["waitingBecause"] is body["completedAt"] is None


async def test_a_written_run_has_its_result_and_its_price(
    colin: httpx.AsyncClient, place: Workplace, world: World
) -> None:
    run = await submitted(place.studio, world, PAGE)
    await work_on_one(place, None, lambda _: None)
    body = (await colin.get(f"{API}/{run.id}")).json()
    assert (body["status"], body["progress"], body["attempts"]) == ("completed", 100, 1)
    assert set(body["result"]) == {"markdown", "html", "components"}
    assert set(body["result"]["components"]) == {"title", "meta_description", "h1", "intro", "sections", "faq"}
    assert body["result"]["html"].startswith("<")
    assert MONEY.fullmatch(body["cost"])
    assert body["tokens"]["input"] > 0
    assert body["tokens"]["output"] > 0
    assert body["wordCount"] > 0
    assert TIME.fullmatch(body["completedAt"])


async def test_a_failed_run_says_what_and_where_and_whether_to_try_again(
    colin: httpx.AsyncClient, studio: Studio, world: World
) -> None:
    passing, lasting = await failed(studio, world), await failed(studio, world, TokenLimitExceeded("It is too long."))
    bodies = [(await colin.get(f"{API}/{run.id}")).json() for run in (passing, lasting)]
    told = [(body["status"], body["errorCode"], body["errorMessage"], body["retryable"]) for body in bodies]
    assert told == [
        ("failed", "GENERATION_ERROR", "The provider failed.", True),
        ("failed", "TOKEN_LIMIT_EXCEEDED", "It is too long.", False),
    ]
    assert all(body["result"] is None for body in bodies)


async def test_a_price_that_is_not_known_is_null_and_not_zero(
    colin: httpx.AsyncClient, studio: Studio, world: World
) -> None:
    run = await completed(studio, world)
    await execute("update run set has_unknown_price = true")
    assert (await colin.get(f"{API}/{run.id}")).json()["cost"] is None


async def test_a_canceled_run_is_told_as_one(colin: httpx.AsyncClient, studio: Studio, world: World) -> None:
    run = await submitted(studio, world)
    for _ in range(2):
        answer = await colin.delete(f"{API}/{run.id}")
        assert (answer.status_code, answer.content) == (204, b"")
    body = (await colin.get(f"{API}/{run.id}")).json()
    assert (body["status"], body["errorCode"], body["retryable"]) == ("canceled", "JOB_CANCELED", False)
    assert await balances(world.lamps) == ("0", "0")


@pytest.mark.parametrize("name", ["0199a1b2-0000-7000-8000-000000000000", "1", "%00", "x" * 3000, "💡"])
async def test_cancelling_what_is_not_there_is_done_at_once(colin: httpx.AsyncClient, name: str) -> None:
    assert (await colin.delete(f"{API}/{name}")).status_code == 204
    problem(await colin.get(f"{API}/{name}"), 404, "JOB_NOT_FOUND")
    problem(await colin.get(f"{API}/{name}/events"), 404, "JOB_NOT_FOUND")


async def test_cancelling_leaves_what_has_ended(colin: httpx.AsyncClient, studio: Studio, world: World) -> None:
    run = await completed(studio, world)
    assert (await colin.delete(f"{API}/{run.id}")).status_code == 204
    assert (await again(run)).status == Status.COMPLETED


class TestIdempotency:
    async def test_the_same_key_gives_the_same_run(self, colin: httpx.AsyncClient) -> None:
        answers = [await colin.post(API, json=WRITE, headers={"Idempotency-Key": "a key"}) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [202, 202]
        assert answers[0].json()["jobId"] == answers[1].json()["jobId"]
        assert await fetchval("select count(*) from run") == 1

    async def test_the_same_key_for_something_else_is_a_conflict(self, colin: httpx.AsyncClient) -> None:
        await colin.post(API, json=WRITE, headers={"Idempotency-Key": "a key"})
        problem(await colin.post(API, json=PAGE, headers={"Idempotency-Key": "a key"}), 409, "CONFLICT")

    async def test_each_project_has_its_own_keys(self, colin: httpx.AsyncClient, world: World, web_server: str) -> None:
        headers = {"Idempotency-Key": "a key"}
        async with Browser(web_server, headers=await bearer(world.otto, world.chairs)) as otto:
            first, second = (
                await colin.post(API, json=WRITE, headers=headers),
                await otto.http.post(API, json=PAGE, headers=headers),
            )
        assert (first.status_code, second.status_code) == (202, 202)

    @pytest.mark.parametrize("key", ["k" * 256, b"a\x85b", b"a\xadb"])
    async def test_a_key_that_cannot_be_kept_is_named(self, colin: httpx.AsyncClient, key: str | bytes) -> None:
        headers: Any = {"Idempotency-Key": key}
        assert fields(await colin.post(API, json=WRITE, headers=headers)) == {"Idempotency-Key": "invalid"}

    async def test_an_empty_key_is_no_key(self, colin: httpx.AsyncClient) -> None:
        ids = {(await colin.post(API, json=WRITE, headers={"Idempotency-Key": ""})).json()["jobId"] for _ in range(2)}
        assert len(ids) == 2


class TestRefusals:
    async def test_over_the_budget(self, colin: httpx.AsyncClient, world: World) -> None:
        await set_limit(world.lamps, "0.00001")
        body = problem(await colin.post(API, json=WRITE), 402, "BUDGET_EXCEEDED")
        assert "left" in body["detail"]

    async def test_without_a_token(self, web_server: str) -> None:
        async with Browser(web_server) as nobody:
            problem(await nobody.http.post(API, json=WRITE), 401, "UNAUTHENTICATED")

    async def test_with_too_small_a_role(self, world: World, web_server: str) -> None:
        async with Browser(web_server, headers=await bearer(world.vera, world.lamps)) as vera:
            problem(await vera.http.post(API, json=WRITE), 403, "FORBIDDEN")

    @pytest.mark.parametrize("value", ["Basic abc", "Bearer", "Bearer a b", "bearer", "Bearer ü", "Bearer \x01"])
    async def test_with_a_header_that_is_no_token(self, web_server: str, value: str) -> None:
        async with Browser(web_server) as nobody:
            headers: Any = {"Authorization": value.encode("latin-1")}
            answer = await nobody.http.post(API, json=WRITE, headers=headers)
        problem(answer, 401, "UNAUTHENTICATED") if "\x01" not in value else None
        assert answer.status_code < 500

    async def test_with_a_method_that_is_not_taken(self, colin: httpx.AsyncClient) -> None:
        problem(await colin.put(API, json=WRITE), 405, "METHOD_NOT_ALLOWED")

    async def test_at_an_address_that_is_none(self, colin: httpx.AsyncClient) -> None:
        problem(await colin.get("/api/v1/nothing"), 404, "JOB_NOT_FOUND")


NO_OBJECT = [b"", b"{", b"null", b"[]", b'[{"action": "WRITE"}]', b'"WRITE"', b"7", b"\xff\xfe", b"\x00", b"{'a': 1}"]
ODD_NUMBERS = [b'{"lengthTarget": ' + number + b"}" for number in (b"1e999", b"9" * 400, b"9" * 5000, b"NaN", b"-0")]
SURROGATES = [b'{"action": "WRITE", "instruction": "\\ud800"}', b'{"action": "WRITE", "\\udfff": 1}']
NESTED = [b"[" * 200_000, b'{"context": ' * 5_000 + b"1" + b"}" * 5_000, b'{"a":' + b"[" * 900 + b"]" * 900 + b"}"]

TEXT_FIELDS = [
    *("action", "instruction", "text", "tone", "sceneId", "language", "model", "modelProfileId", "brandVoiceId"),
    *("priority", "scheduledFor", "deadline"),
]


class TestBodies:
    @pytest.mark.parametrize("body", NO_OBJECT + ODD_NUMBERS + SURROGATES + NESTED, ids=lambda body: repr(body[:30]))
    async def test_what_is_no_request_is_never_a_failure_of_ours(self, colin: httpx.AsyncClient, body: bytes) -> None:
        answer = await colin.post(API, content=body, headers={"Content-Type": "application/json"})
        problem(answer, 422, "VALIDATION_ERROR")
        assert await fetchval("select count(*) from run") == 0

    @pytest.mark.parametrize(
        "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/csv", ""]
    )
    async def test_another_kind_of_content_is_refused(self, colin: httpx.AsyncClient, kind: str) -> None:
        answer = await colin.post(API, content=b"action=WRITE&instruction=lamp", headers={"Content-Type": kind})
        problem(answer, 422, "VALIDATION_ERROR")

    async def test_more_than_two_mebibytes_are_too_large(self, colin: httpx.AsyncClient) -> None:
        problem(await colin.post(API, json=WRITE | {"instruction": "x" * 2_200_000}), 413, "PAYLOAD_TOO_LARGE")

    async def test_a_hundred_kilobytes_are_named_at_their_field(self, colin: httpx.AsyncClient) -> None:
        assert fields(await colin.post(API, json=WRITE | {"instruction": "x" * 100_000})) == {"instruction": "too_long"}

    @pytest.mark.parametrize("binary", ["a\x00b", "\x1b[2J", "a\x07"])
    async def test_what_is_no_text_is_named_at_its_field(self, colin: httpx.AsyncClient, binary: str) -> None:
        assert fields(await colin.post(API, json=WRITE | {"instruction": binary})) == {"instruction": "not_text"}

    @pytest.mark.parametrize(
        "name", ["speed", "Instruction", "", "a\x00b", "💡", "x" * 10_000, "<script>", "constructor"]
    )
    async def test_an_unknown_field_is_refused_by_its_name(self, colin: httpx.AsyncClient, name: str) -> None:
        [(field, code)] = fields(await colin.post(API, json=WRITE | {name: 1})).items()
        assert code == "unknown"
        assert field == "".join(c if c.isprintable() else "\ufffd" for c in name)[:80]

    @pytest.mark.parametrize("value", [7, True, [], ["WRITE"], {}, {"a": "b"}, 1.5])
    async def test_values_of_the_wrong_type_are_all_named(self, colin: httpx.AsyncClient, value: object) -> None:
        told = fields(await colin.post(API, json=WRITE | dict.fromkeys(TEXT_FIELDS, value)))
        assert set(TEXT_FIELDS) <= set(told)
        assert set(fields(await colin.post(API, json=WRITE | {"kind": value}))) == {"kind"}

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"temperature": "hot"}, "temperature"),
            ({"temperature": True}, "temperature"),
            ({"temperature": 2.01}, "temperature"),
            ({"skipCache": "yes"}, "skipCache"),
            ({"skipQualityCheck": 1}, "skipQualityCheck"),
            ({"metadata": []}, "metadata"),
            ({"metadata": {"skuCount": "many"}}, "metadata"),
            ({"metadata": {"skuCount": 10**30}}, "metadata.skuCount"),
            ({"metadata": {"views": 1}}, "metadata"),
            ({"context": "a room"}, "context"),
            ({"context": {"scene": 7}}, "context.scene"),
            ({"context": {"weather": "rain"}}, "context.weather"),
            ({"lengthTarget": 1.5}, "lengthTarget"),
            ({"lengthTarget": 0}, "lengthTarget"),
            ({"language": "klingon\x00"}, "language"),
            ({"model": "gpt\x00"}, "model"),
            ({"modelProfileId": "\x00"}, "modelProfileId"),
            ({"brandVoiceId": "\x00"}, "brandVoiceId"),
            ({"scheduledFor": "9999-12-31T23:59:59-12:00"}, "scheduledFor"),
            ({"deadline": "0001-01-01T00:00:00+12:00"}, "deadline"),
            ({"scheduledFor": "2999-01-01T00:00:00"}, "scheduledFor"),
        ],
    )
    async def test_a_value_that_does_not_fit_is_named(
        self, colin: httpx.AsyncClient, more: dict[str, object], field: str
    ) -> None:
        assert field in fields(await colin.post(API, json=WRITE | more))

    async def test_null_is_as_good_as_nothing(self, colin: httpx.AsyncClient) -> None:
        nothing = dict.fromkeys(("tone", "context", "metadata", "priority", "model", "deadline", "projectId"))
        assert (await colin.post(API, json=WRITE | nothing)).status_code == 202

    async def test_hostile_text_is_kept_word_for_word(self, colin: httpx.AsyncClient) -> None:
        body = (await colin.post(API, json=WRITE | {"instruction": HOSTILE, "sceneId": HOSTILE})).json()
        assert body["title"] == HOSTILE.strip()
        stored = json.loads(await fetchval("select inputs::text from run"))
        assert (stored["instruction"], stored["scene_id"]) == (HOSTILE, HOSTILE)

    async def test_hostile_keywords_and_facts_are_kept_word_for_word(self, colin: httpx.AsyncClient) -> None:
        page = PAGE | {"keywords": [HOSTILE, 'a "b" c'], "facts": {HOSTILE: HOSTILE}}
        assert (await colin.post(API, json=page)).status_code == 202
        stored = await fetchval("select inputs::text from run")
        assert json.loads(stored)["keywords"] == [HOSTILE, 'a "b" c']


async def test_the_schema_names_every_call(colin: httpx.AsyncClient) -> None:
    schema = (await colin.get("/api/v1/openapi/openapi.json")).json()
    assert {(path, method) for path, methods in schema["paths"].items() for method in methods} >= {
        (API, "post"),
        (f"{API}/{{run}}", "get"),
        (f"{API}/{{run}}", "delete"),
        (f"{API}/{{run}}/events", "get"),
    }
