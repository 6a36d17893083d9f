"""One run's text as a file: Markdown as it is, HTML sanitised, or plain text."""

import re
from html import escape
from urllib.parse import quote

from litestar import Response

from app.database import fetchrow
from app.errors import NotFound
from app.recipes.languages import language_of
from app.runs.tables import Run
from app.web.markdown import to_html, to_text

TYPES = {"md": "text/markdown", "html": "text/html", "txt": "text/plain"}
_UNSAFE = re.compile(r"[^\w. -]+")
LONGEST_NAME = 160  # bytes: file systems take 255


async def as_file(run: Run, ending: str, revision: int | None) -> Response[str]:
    """Raises ``NotFound`` for a run without such a revision, and for an ending we do not know."""
    row = await fetchrow(
        """select markdown from revision where run = $1 and ($2::numeric is null or number = $2)
        order by number desc limit 1""",
        run.id,
        revision,
    )
    if row is None or ending not in TYPES:
        raise NotFound("There is no such file.")
    return Response(
        _rendered(run, row["markdown"], ending),
        media_type=TYPES[ending],
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file_name(run.title, ending))}"},
    )


def file_name(title: str, ending: str) -> str:
    """Without anything that a file system or a shell could take for more than a name."""
    name = _UNSAFE.sub(" ", title).strip(". -").encode()[:LONGEST_NAME].decode(errors="ignore").strip()
    return f"{name or 'run'}.{ending}"


def _rendered(run: Run, markdown: str, ending: str) -> str:
    if ending == "md":
        return markdown
    if ending == "txt":
        return to_text(markdown)
    language = language_of(run.language)
    return (
        f'<!doctype html>\n<html lang="{language.code}" dir="{language.direction}">\n<head><meta charset="utf-8">'
        f"<title>{escape(run.title)}</title></head>\n<body>\n{to_html(markdown)}</body>\n</html>\n"
    )
