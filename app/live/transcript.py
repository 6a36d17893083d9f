"""The text of a run while it is being written, put together from its events."""

from app.live.events import Event


class Transcript:
    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def hear(self, event: Event) -> None:
        """A gap (after Redis lost its memory) is left alone: the writer notices and sends the text from its start."""
        component = event.component
        if component is None:
            return
        known = self._texts.get(component, "")
        if event.offset <= len(known):
            self._texts[component] = known[: event.offset] + event.text

    def text(self, component: str) -> str:
        return self._texts.get(component, "")

    def together(self) -> str:
        """Everything that was written so far, in the order in which it began."""
        return "\n\n".join(text for text in self._texts.values() if text)
