import gzip
import re
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from app.web.static_files import FOLDER, static_router, static_url, stylesheets

CSS = sorted((FOLDER / "css").glob("*.css"))
SCRIPTS = sorted((FOLDER / "js").glob("*.js"))


def test_the_address_changes_with_the_content_and_only_with_it() -> None:
    address = static_url("css/tokens.css")
    assert re.fullmatch(r"/static/css/tokens\.css\?v=[0-9a-f]{10}", address)
    assert address.split("=")[1] != static_url("css/base.css").split("=")[1]


def test_a_file_that_is_not_there_has_no_address() -> None:
    with pytest.raises(FileNotFoundError):
        static_url("css/nothing.css")


def test_files_are_kept_for_a_year() -> None:
    with TestClient(Litestar([static_router()])) as client:
        answer = client.get(static_url("css/tokens.css"))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.headers["cache-control"] == "max-age=31536000, public, immutable"


def test_text_is_sent_small_and_fonts_as_they_are() -> None:
    with TestClient(Litestar([static_router()])) as client:
        sheet = client.get(static_url("css/tokens.css"), headers={"Accept-Encoding": "gzip"})
        font = client.get("/static/fonts/inter-latin-wght-normal.woff2", headers={"Accept-Encoding": "gzip"})
    assert sheet.headers["content-encoding"] == "gzip"
    assert sheet.headers["vary"].lower() == "accept-encoding"
    assert sheet.content == (FOLDER / "css" / "tokens.css").read_bytes()
    assert "content-encoding" not in font.headers
    assert font.headers["content-type"] == "font/woff2"
    assert font.content == (FOLDER / "fonts" / "inter-latin-wght-normal.woff2").read_bytes()


@pytest.mark.parametrize("path", ["../pyproject.toml", "%2e%2e/pyproject.toml", "css/../../pyproject.toml", "css"])
def test_nothing_outside_the_folder_is_served(path: str) -> None:
    with TestClient(Litestar([static_router()])) as client:
        assert client.get(f"/static/{path}").status_code == 404


def test_tokens_come_first_and_every_sheet_once() -> None:
    assert stylesheets()[0] == static_url("css/tokens.css")
    assert len(stylesheets()) == len(set(stylesheets())) == len(CSS)


@pytest.mark.parametrize("file", CSS, ids=lambda file: file.name)
def test_components_use_tokens_alone(file: Path) -> None:
    text = file.read_text()
    if file.name != "tokens.css":
        assert not re.search(r"#[0-9a-f]{3,8}\b(?![^{]*\{)", re.sub(r"/\*.*?\*/", "", text, flags=re.S), flags=re.I)
    assert not re.search(r"https?://(?!www\.w3\.org)", text)


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.name)
def test_scripts_build_no_code_from_text(file: Path) -> None:
    text = file.read_text()
    assert not re.search(r"\beval\(|new Function|innerHTML|outerHTML|document\.write|https?://", text)


def test_style_scripts_and_htmx_together_are_light() -> None:
    files = [*CSS, *SCRIPTS, FOLDER / "vendor" / "htmx-4.0.1-with-sse.js"]
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) < 60_000


def test_whatever_others_made_comes_with_its_licence() -> None:
    for licence in (
        "vendor/htmx-LICENSE.txt",
        "vendor/lucide/LICENSE.txt",
        "fonts/inter-LICENSE.txt",
        "fonts/newsreader-LICENSE.txt",
    ):
        assert (FOLDER / licence).stat().st_size > 500
