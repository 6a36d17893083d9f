"""The JSON API of runs: ask for one, look at it, follow it, cancel it."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from app.accounts.tables import Role
from app.clock import now
from app.desk.page_streams import event_stream
from app.errors import FieldError, NotFound, NotSignedIn, PressroomError, ValidationFailed
from app.identity import parse_id
from app.live.hub import Hub
from app.live.tickets import is_valid
from app.projects.access import Access, access_by_token, bearer_of, tokens
from app.queue.depth import place_of
from app.queue.request import read_request
from app.queue.steer import cancel
from app.queue.submit import submit
from app.runs.api_events import run_events
from app.runs.find import run_by_id, run_in_project
from app.runs.story import read_story
from app.runs.tables import Run
from app.runs.wire import API, accepted, details
from app.studio import Studio

AnyRequest = Request[Any, Any, Any]
LONGEST_KEY = 255
VIEWER, EDITOR = [tokens(Role.VIEWER)], [tokens(Role.EDITOR)]


@post(API, guards=EDITOR, status_code=202, summary="Ask for something to be generated")
async def create_generation(
    request: AnyRequest, access: NamedDependency[Access], studio: NamedDependency[Studio]
) -> Response[dict[str, Any]]:
    fields = await _body(request)
    _own_project(access, fields.get("projectId"))
    asked = await read_request(access.project, fields)
    submitted = await submit(studio, asked, member=access.member, idempotency_key=_idempotency_key(request))
    run = submitted.run
    answer = accepted(run, await place_of(run, now(), studio.settings.runs_per_project), studio.settings)
    return Response(answer, status_code=202, headers={"Location": f"{API}/{run.id}"})


@get(f"{API}/{{run:str}}", guards=VIEWER, summary="Status and details of a run")
async def get_generation(
    access: NamedDependency[Access], studio: NamedDependency[Studio], run: FromPath[str]
) -> dict[str, Any]:
    return details(await read_story(await _run(access, run), studio.settings))


@delete(f"{API}/{{run:str}}", guards=EDITOR, status_code=204, summary="Cancel a run")
async def delete_generation(
    access: NamedDependency[Access], studio: NamedDependency[Studio], run: FromPath[str]
) -> None:
    """204 for any id; it changes nothing that is not yours, and saying it twice changes nothing either."""
    run_id = parse_id(run)
    found = await run_in_project(access.project.id, run_id) if run_id else None
    if found is not None:
        await cancel(studio, found)


@get(f"{API}/{{run:str}}/events", opt={"open_to": "bearers and tickets"}, summary="A run's life as server-sent events")
async def generation_events(
    request: AnyRequest, studio: NamedDependency[Studio], hub: NamedDependency[Hub], run: FromPath[str]
) -> Stream:
    found = await _run_for_events(request, studio, run)

    async def may_go_on() -> bool:
        """Not with a ticket that has expired meanwhile, nor with a token that was revoked."""
        try:
            await _run_for_events(request, studio, run)
        except PressroomError:
            return False
        return True

    last_heard = request.headers.get("last-event-id")
    return event_stream(run_events(hub, found, studio.settings, last_heard, may_go_on))


async def _run_for_events(request: AnyRequest, studio: Studio, run: str) -> Run:
    """By the ticket of ``sseUrl``, which is for this run alone, or by a bearer token."""
    run_id = parse_id(run)
    ticket = request.query_params.get("ticket")
    if ticket is not None:
        if run_id is None or not is_valid(studio.settings.secret_key, ticket, run_id):
            raise NotSignedIn("This ticket has expired or is for another run. Send a bearer token instead.")
        found = await run_by_id(run_id)
        if found is None:
            raise NotFound("There is no such run.")
        return found
    access = await access_by_token(bearer_of(request))
    if access is None:
        raise NotSignedIn("Send a valid token: Authorization: Bearer …")
    return await _run(access, run)


async def _run(access: Access, run: str) -> Run:
    run_id = parse_id(run)
    found = await run_in_project(access.project.id, run_id) if run_id else None
    if found is None:
        raise NotFound("There is no such run in this project.")
    return found


async def _body(request: AnyRequest) -> Mapping[str, object]:
    try:
        body = msgspec.json.decode(await request.body())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:  # the last for what is nested too deeply
        raise ValidationFailed.of(FieldError("body", "malformed", "The body is not valid JSON.")) from error
    if not isinstance(body, dict):
        raise ValidationFailed.of(FieldError("body", "malformed", "Send one JSON object."))
    return body


def _own_project(access: Access, given: object) -> None:
    if given is not None and given not in (str(access.project.id), access.project.slug):
        raise NotFound("There is no such project.")


def _idempotency_key(request: AnyRequest) -> str | None:
    key = request.headers.get("idempotency-key", "").strip()
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise ValidationFailed.of(
            FieldError("Idempotency-Key", "invalid", f"Use up to {LONGEST_KEY} printable characters.")
        )
    return key or None
