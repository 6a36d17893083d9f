"""Prompts and assembly templates: files that are rendered once, with everything from people and models as values.

A value is never itself rendered, so ``{{ }}`` in somebody's text is two braces and nothing else.
"""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.recipes.cleaning import one_line

_HERE = Path(__file__).parent

_TEMPLATES = Environment(
    loader=FileSystemLoader([_HERE / "prompts", _HERE / "page_types"]),
    autoescape=select_autoescape(enabled_extensions=(), default=False),  # Markdown; pages sanitise it as HTML
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_TEMPLATES.filters["one_line"] = one_line


def render(template: str, **values: object) -> str:
    """A prompt (``text/write.jinja``) or an assembly template (``article.md.jinja``), without blank space around it."""
    return _TEMPLATES.get_template(template).render(**values).strip()


def quote(text: str) -> str:
    """As a Markdown block quote."""
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


_TEMPLATES.filters["quote"] = quote
