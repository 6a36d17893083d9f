"""What is true of every page of the documentation."""

import re
from fnmatch import fnmatch

import pytest

from tests.docs.reading import ARCHITECTURE, README, ROOT, Document, documents

EVERY = pytest.mark.parametrize("document", documents(), ids=lambda document: document.name)
#: Where the machine that somebody wrote on keeps things; addresses of ours begin otherwise.
OUTSIDE = re.compile(r"(?<![\w.}])(?:~|/(?:bin|dev|etc|home|mnt|opt|proc|root|srv|tmp|usr|var|work|Users|private))/")
FOLDERS_OF_APP = sorted(path.name for path in (ROOT / "app").iterdir() if (path / "__init__.py").exists())
MADE_BY_PROGRAMS = (ROOT / ".gitignore").read_text().split()
DECISIONS = sorted((ROOT / "docs" / "decisions").iterdir())


@EVERY
def test_every_link_leads_to_a_file_of_the_repository(document: Document) -> None:
    for link in document.links:
        place, _, anchor = link.partition("#")
        target = (document.path.parent / place).resolve() if place else document.path
        assert target.is_relative_to(ROOT), f"{link} leads out of the repository"
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in Document(str(target.relative_to(ROOT))).anchors, f"{link} has no such heading"


@EVERY
def test_every_file_and_folder_that_is_named_exists(document: Document) -> None:
    """``app/queue/`` and ``app/queue/claim.py`` are paths from the root; ``templates/<feature>/`` is a pattern."""
    for named in document.code:
        if re.fullmatch(r"(?:[\w.-]+/)+(?:[\w.-]+\.(?:py|toml|md|html|css|js|jinja|png|lock))?", named):
            assert (ROOT / named).exists() or named in MADE_BY_PROGRAMS, f"there is no {named}"


@EVERY
def test_no_path_outside_the_repository_is_mentioned(document: Document) -> None:
    assert OUTSIDE.findall(document.text) == []


@pytest.mark.parametrize("folder", FOLDERS_OF_APP)
@pytest.mark.parametrize("document", [README, ARCHITECTURE], ids=lambda document: document.name)
def test_every_folder_of_the_application_is_named(document: Document, folder: str) -> None:
    assert f"app/{folder}/" in document.code


def test_every_folder_of_the_house_is_on_the_map() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    made_by_programs = {name for name in folders if any(fnmatch(f"{name}/", made) for made in MADE_BY_PROGRAMS)}
    assert folders - made_by_programs == {row[0].strip("`").split("/")[0] for row in README.rows("folder")}


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("number", range(1, len(DECISIONS) + 1))
def test_a_decision_is_on_the_list_under_its_number_and_title(number: int) -> None:
    path = DECISIONS[number - 1]
    assert re.fullmatch(r"\d{4}(-[a-z0-9]+)+\.md", path.name)
    title = path.read_text().splitlines()[0].removeprefix(f"# {number}. ")
    assert f"{number}. [{title}](decisions/{path.name})" in ARCHITECTURE.text.splitlines()
