"""Tidying what a model returned for one component: its own wrapping goes, its words stay."""

import re

from app.recipes.cleaning import one_line

_FENCE = re.compile(r"\A```(?:markdown|md)?[ \t]*\n(.*)\n```\Z", re.DOTALL)
_HEADING_MARK = re.compile(r"\A#{1,6}\s+")
_PAIRS = (('"', '"'), ("“", "”"), ("„", "“"), ("«", "»"), ("「", "」"), ("**", "**"))


def tidy_markdown(part: str) -> str:
    """Without the code fence that some models put around a whole answer."""
    text = part.strip()
    fenced = _FENCE.match(text)
    # A fence inside would end the outer one: then these are two blocks of code, and both are content.
    return fenced[1].strip() if fenced and "```" not in fenced[1] else text


def tidy_line(part: str) -> str:
    """One plain line, without heading marks and without quotation marks around all of it."""
    lines = [line for line in tidy_markdown(part).splitlines() if line.strip()]
    line = one_line(_HEADING_MARK.sub("", lines[0].strip())) if lines else ""
    for opening, closing in _PAIRS:
        inner = line[len(opening) : -len(closing)]
        if line.startswith(opening) and line.endswith(closing) and inner and opening not in inner:
            return inner.strip()
    return line
