"""A run as a file."""

from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.runs.download import LONGEST_NAME, file_name
from app.studio import Studio
from tests.browsing import Browser, page, scripts
from tests.runs.making import HOSTILE, RUNS, completed
from tests.world import WRITE, World, submitted


class TestDownloads:
    @pytest.mark.parametrize(
        ("ending", "kind", "has"),
        [
            ("md", "text/markdown", "## A lamp\n\nIt **shines**."),
            ("html", "text/html", "<h2>A lamp</h2>\n<p>It <strong>shines</strong>.</p>"),
            ("txt", "text/plain", "A lamp\n\nIt shines."),
        ],
    )
    async def test_in_each_format(
        self, colin: Browser, studio: Studio, world: World, ending: str, kind: str, has: str
    ) -> None:
        run = await completed(studio, world)
        answer = await colin.get(f"{RUNS}/{run.id}/download/{ending}")
        assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
        assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''A%20short%20guide")
        assert has in answer.text

    @pytest.mark.parametrize("ending", ["pdf", "exe", "%00", "", "md.exe", "MD"])
    async def test_not_in_others(self, colin: Browser, studio: Studio, world: World, ending: str) -> None:
        run = await completed(studio, world)
        assert (await colin.get(f"{RUNS}/{run.id}/download/{ending}")).status_code in (404, 405)

    async def test_not_before_there_is_a_text(self, colin: Browser, studio: Studio, world: World) -> None:
        run = await submitted(studio, world)
        assert (await colin.get(f"{RUNS}/{run.id}/download/md")).status_code == 404

    async def test_of_a_hostile_text_in_another_language(self, colin: Browser, studio: Studio, world: World) -> None:
        title = '"; filename="evil.exe" <script>alert(1)</script>'
        run = await completed(studio, world, HOSTILE, fields=WRITE | {"instruction": title}, language="zh")
        answer = await colin.get(f"{RUNS}/{run.id}/download/html")
        tree = page(answer)
        assert scripts(tree) == []
        assert tree.get("lang") == "zh"
        assert tree.findtext("head/title") == title
        name = unquote(answer.headers["content-disposition"].removeprefix("attachment; filename*=UTF-8''"))
        assert not set(name) & set('"<>/\\;:')


@given(st.text(), st.sampled_from(["md", "html", "txt"]))
def test_a_file_name_is_never_more_than_a_name(title: str, ending: str) -> None:
    name = file_name(title, ending)
    assert name.endswith(f".{ending}")
    assert not name.startswith((".", " ", "-"))
    assert not set(name) & set("/\\:*?\"<>|\0\n\r\t;'`$")
    assert len(name.encode()) <= LONGEST_NAME + 5
    assert name.isprintable()
    assert quote(name)


@pytest.mark.parametrize("title", ["..", "../../etc/passwd", "", " . ", "\u202egpj.exe", "CON\x00", "-rf"])
def test_a_hostile_title_leaves_a_harmless_file_name(title: str) -> None:
    name = file_name(title, "md")
    assert "/" not in name
    assert not name.startswith((".", "-"))
    assert name.isprintable()
