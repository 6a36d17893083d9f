"""The one template environment: what templates can say, and nothing that they should not."""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.clock import now
from app.money import spoken
from app.web import static_files
from app.web.markdown import on_page

FOLDER = Path(__file__).resolve().parents[2] / "templates"
MINUTE, HOUR, DAY = 60, 3_600, 86_400


@cache
def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(money=spoken, ago=ago, moment=moment, duration=duration, seconds=seconds, count=count)
    made.filters["markdown"] = on_page
    made.globals.update(icon=icon, static_url=static_files.static_url, stylesheets=static_files.stylesheets)
    return made


def render_partial(template: str, view: object, **more: object) -> str:
    """The HTML of ``feature/_name.html``, which reads ``view`` under the name of its file: ``name``."""
    name = Path(template).stem.removeprefix("_")
    return environment().get_template(template).render({"csrf_input": "", name: view, **more}).strip()


def live_partial(template: str, view: object, **more: object) -> str:
    """The same for the live stream: it morphs what is on the page into the new state, by the id of its root."""
    html = render_partial(template, view, **more)
    root = re.match(r'<[a-z][^>]*?\sid="([^"]+)"', html)
    if root is None:
        raise ValueError(f"{template} has no root element with an id: nothing on a page could be replaced by it")
    return f'<hx-partial hx-target="#{root[1]}" hx-swap="outerMorph">{html}</hx-partial>'


def variables(context: object) -> Mapping[str, object]:
    """The fields of a page's context, which its template reads by their names."""
    if not is_dataclass(context) or isinstance(context, type):
        raise TypeError(f"A page's context is a dataclass, not {type(context).__name__}")
    return {field.name: getattr(context, field.name) for field in fields(context)}


@cache
def icon(name: str) -> Markup:
    """An icon of ``static/vendor/lucide``. It stands beside a word, so it is silent."""
    source = (static_files.FOLDER / "vendor" / "lucide" / f"{name}.svg").read_text()
    shapes = re.sub(r"\s+", " ", source.split(">", 2)[2].rsplit("</svg>", 1)[0]).replace("> <", "><").strip()
    return Markup(  # noqa: S704 - our own file
        '<svg class="i" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round" '
        f'stroke-linejoin="round" aria-hidden="true">{shapes}</svg>'
    )


def ago(when: datetime) -> Markup:
    """``4 min ago``, with the exact time for whoever points at it."""
    return _time(when, _relative((now() - when).total_seconds()))


def moment(when: datetime) -> Markup:
    """``20 Nov, 14:05 UTC``."""
    return _time(when, f"{when.day} {when:%b, %H:%M} UTC")


def duration(milliseconds: int) -> str:
    """``4 ms``, ``0.3 s``, ``12 s``, ``2 min 5 s``."""
    if milliseconds < 100:
        return f"{milliseconds} ms"
    if milliseconds < 9_950:
        return f"{milliseconds / 1000:.1f} s"
    return seconds(round(milliseconds / 1000))


def seconds(total: int) -> str:
    """``12 s``, ``2 min 5 s``, ``3 h 10 min``."""
    if total < MINUTE:
        return f"{total} s"
    large, small, names = (
        (*divmod(total, MINUTE), ("min", "s")) if total < HOUR else (*divmod(total // MINUTE, 60), ("h", "min"))
    )
    return f"{large} {names[0]}" + (f" {small} {names[1]}" if small else "")


def count(number: int) -> str:
    return f"{number:,}"


def _relative(elapsed: float) -> str:
    size = abs(elapsed)
    if size < 45:
        return "just now" if elapsed >= 0 else "in a moment"
    unit, name = (MINUTE, "min") if size < 45 * MINUTE else (HOUR, "h") if size < 22 * HOUR else (DAY, "day")
    number = max(1, round(size / unit))
    name += "s" if name == "day" and number > 1 else ""
    return f"{number} {name} ago" if elapsed >= 0 else f"in {number} {name}"


def _time(when: datetime, shown: str) -> Markup:
    exact = f"{when:%A}, {when.day} {when:%B %Y, %H:%M:%S} UTC"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(when.isoformat(), exact, shown)
