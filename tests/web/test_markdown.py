import pytest

from app.web.markdown import on_page, to_html


@pytest.mark.parametrize(
    ("written", "never"),
    [
        ("<script>alert(1)</script>", "<script"),
        ("<img src=x onerror=alert(1)>", "<img"),
        ("<a href='https://a.example' onclick='x()'>a</a>", "<a "),
        ("[a](javascript:alert(1))", "href"),
        ("[a](JaVaScRiPt:alert(1))", "href"),
        ("[a](data:text/html,<script>alert(1)</script>)", "href"),
        ("[a]( vbscript:x)", "href"),
        ("<javascript:alert(1)>", "href"),
        ("![secret](https://tracker.example/p.png)", "<img"),
        ('[a](https://a.example "t\\" onmouseover=\\"x")', 'onmouseover="'),
        ("<!-- comment -->", "<!--"),
        ("```html\n</code></pre><script>\n```", "<script"),
        ("<svg><style>*{}</style></svg>", "<svg"),
        ("[a]: javascript:x\n\n[a]", "href"),
    ],
)
@pytest.mark.parametrize("make", [to_html, on_page])
def test_nothing_that_acts_gets_through(make: type[str], written: str, never: str) -> None:
    assert never not in make(written)


def test_what_was_written_stays_readable_as_text() -> None:
    assert to_html("<script>alert(1)</script>") == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"


def test_links_say_nothing_about_us_and_vouch_for_nothing() -> None:
    assert to_html("[a](https://a.example)") == (
        '<p><a href="https://a.example" rel="nofollow noopener noreferrer">a</a></p>\n'
    )


def test_ordinary_markdown_is_kept() -> None:
    html = to_html("# A\n\n**b** *c* ~~d~~ `e`\n\n1. f\n\n> g\n\n| h | i |\n| - | - |\n| j | k |")
    for tag in ("h1", "strong", "em", "s", "code", "ol", "blockquote", "table", "td"):
        assert f"<{tag}>" in html


@pytest.mark.parametrize(
    ("written", "levels"),
    [
        ("# A\n## B\n### C", [3, 4, 5]),
        ("## A\n## B", [3, 3]),
        ("## A\n##### B\n# C", [3, 4, 3]),
        ("#### A", [3]),
        ("A\n=\n\nB\n-", [3, 4]),
    ],
)
def test_headings_go_below_the_pages_own_and_skip_no_level(written: str, levels: list[int]) -> None:
    html = on_page(written)
    assert [int(part[0]) for part in html.split("<h")[1:]] == levels
    assert [int(part[0]) for part in html.split("</h")[1:]] == levels


def test_a_long_text_of_nested_marks_is_answered_in_time() -> None:
    assert "<" in to_html("> " * 500 + "*" * 5_000 + "[" * 5_000)
