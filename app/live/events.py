"""The two things that are ever announced, and the topics they are announced on."""

from uuid import UUID

import msgspec


class Event(msgspec.Struct, frozen=True, array_like=True):
    """``aspect`` says what changed: ``state``, or ``text:<component>`` when a component's text grew.

    For text, ``text`` belongs at ``offset`` (in characters) of the component's text. A reader cuts what it has there
    and appends, so that an event that comes twice, or a component that starts again, does no harm.
    """

    aspect: str
    offset: int = 0
    text: str = ""

    @property
    def component(self) -> str | None:
        return self.aspect.removeprefix("text:") if self.aspect.startswith("text:") else None


STATE = Event("state")


def run_topic(run: UUID) -> str:
    return f"run:{run}"


def project_topic(project: UUID) -> str:
    return f"project:{project}"
