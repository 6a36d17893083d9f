"""The documentation as text: its links, its code blocks, what stands in it as code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_FENCE = re.compile(r"^```(?P<kind>\w*)\n(?P<inside>.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_NOT_IN_AN_ANCHOR = re.compile(r"[^\w\- ]")


@dataclass(frozen=True)
class Document:
    """One Markdown file; ``name`` is its path from the root of the repository."""

    name: str

    @property
    def path(self) -> Path:
        return ROOT / self.name

    @cached_property
    def text(self) -> str:
        return self.path.read_text()

    @cached_property
    def prose(self) -> str:
        """Without its code blocks."""
        return _FENCE.sub("", self.text)

    @cached_property
    def code(self) -> tuple[str, ...]:
        """What stands in the running text between backticks."""
        return tuple(_CODE.findall(self.prose))

    @property
    def links(self) -> tuple[str, ...]:
        """Of links and pictures, without those that lead to other hosts."""
        return tuple(link for link in _LINK.findall(self.prose) if "://" not in link)

    @property
    def anchors(self) -> set[str]:
        """Of its headings, as GitHub makes them."""
        headings = re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE)
        return {_NOT_IN_AN_ANCHOR.sub("", heading.lower()).replace(" ", "-") for heading in headings}

    def blocks(self, kind: str) -> Iterator[str]:
        return (found["inside"] for found in _FENCE.finditer(self.text) if found["kind"] == kind)

    def rows(self, *headings: str) -> list[list[str]]:
        """The cells of all tables whose first columns have these headings, without heading and rule."""
        lines = iter(self.text.splitlines())
        found: list[list[str]] = []
        for line in lines:
            if line.startswith(f"| {' | '.join(headings)} |"):
                next(lines)
                for row in lines:
                    if not row.startswith("|"):
                        break
                    found.append([cell.strip() for cell in row.strip("|").split(" | ")])
        return found


def documents() -> tuple[Document, ...]:
    files = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return tuple(Document(str(file.relative_to(ROOT))) for file in files)


README = Document("README.md")
ARCHITECTURE = Document("docs/architecture.md")
API = Document("docs/api.md")
