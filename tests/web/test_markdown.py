import pytest

from app.web.markdown import NOTHING, growing_on_page, on_page, to_html

GUIDE = """## A lamp

It **shines**, and [it](https://a.example) turns.
A second line.

### Arms

- short
- long

  and more of it

1. one

2. two

> quoted

| a | b |
| - | - |
| 1 | 2 |

```
code

more code
```

## Questions

The end."""


def grow(text: str, step: int = 1) -> str:
    """As a page shows it at the end of a stream that has shown each beginning of it."""
    settled, html = NOTHING, ""
    for end in (*range(0, len(text), step), len(text)):
        html, settled = growing_on_page(text[:end], settled)
    return html


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
@pytest.mark.parametrize("make", [to_html, on_page, grow])
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


@pytest.mark.parametrize("step", [1, 7, 40, 1000])
@pytest.mark.parametrize("text", [GUIDE, GUIDE.replace("\n", "\r\n"), "", "\n\n", "a\x00b\n\nc and more of it"])
def test_a_growing_text_ends_as_the_whole_one(text: str, step: int) -> None:
    assert grow(text, step) == on_page(text)


def test_what_is_settled_of_a_growing_text_is_not_rendered_again() -> None:
    _, settled = growing_on_page(GUIDE)
    assert GUIDE.startswith(settled.source)
    assert GUIDE.removeprefix(settled.source) == "The end."


def test_a_growing_text_that_begins_anew_forgets_what_was_settled() -> None:
    _, settled = growing_on_page(GUIDE)
    html, _ = growing_on_page("Another text", settled)
    assert html == "<p>Another text</p>\n"


@pytest.mark.parametrize("end", range(0, 400, 9))
def test_each_beginning_of_a_hostile_text_is_safe(end: int) -> None:
    hostile = (
        "A paragraph.\n\n<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n[x](javascript:alert(1))\n\n" * 4
    )
    html = grow(hostile[:end], 5)
    assert "<script" not in html
    assert "<img" not in html
    assert "javascript:" not in html or "href" not in html


def test_a_long_text_of_nested_marks_is_answered_in_time() -> None:
    assert "<" in to_html("> " * 500 + "*" * 5_000 + "[" * 5_000)
