"""Stage 6: the small repairs that no reader should have to make."""

import re

from app.pipeline.work import Work

_FENCE_AROUND_ALL = re.compile(r"\A```(?:markdown|md)?\n(.*)\n```\s*\Z", re.DOTALL)
_TOO_MANY_BLANK_LINES = re.compile(r"\n{3,}")
_SPACE_AT_LINE_END = re.compile(r"(?<! )[ \t](?=\n)")


async def polish(work: Work) -> None:
    work.markdown = polished(work.markdown)


def polished(markdown: str) -> str:
    """Without a code fence around everything, without runs of blank lines or stray spaces at the ends of lines.

    Two spaces at a line's end are Markdown's line break and stay.
    """
    text = markdown.replace("\r\n", "\n").strip()
    if fenced := _FENCE_AROUND_ALL.match(text):
        text = fenced[1].strip()
    text = _SPACE_AT_LINE_END.sub("", text)
    return _TOO_MANY_BLANK_LINES.sub("\n\n", text)
