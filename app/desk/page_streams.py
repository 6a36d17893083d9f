"""The one live stream of a page, as a response."""

from collections.abc import Sequence

from litestar.response import Stream

from app.accounts.sessions import COOKIE
from app.desk.frame import frame_region
from app.errors import PressroomError
from app.live.hub import Hub
from app.live.streams import Region, page_stream
from app.projects.access import Access, access_by_session
from app.settings import Settings
from app.web.page import AnyRequest

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def stream(
    request: AnyRequest, access: Access, hub: Hub, settings: Settings, place: str, regions: Sequence[Region]
) -> Stream:
    """These regions and the page's frame. It ends when the session does, or the membership."""
    token = request.cookies.get(COOKIE)

    async def may_go_on() -> bool:
        try:
            await access_by_session(token, access.project.slug, access.role)
        except PressroomError:
            return False
        return True

    return event_stream(
        page_stream(
            hub,
            [*regions, frame_region(access, settings, place)],
            last_event_id=request.headers.get("last-event-id"),
            heartbeat=float(settings.heartbeat_seconds),
            may_go_on=may_go_on,
        )
    )


def event_stream(content: object) -> Stream:
    return Stream(content, media_type="text/event-stream", headers=HEADERS)  # type: ignore[arg-type]
