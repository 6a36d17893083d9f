from datetime import UTC, datetime, timedelta

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from app.clock import now
from app.runs.views import ComponentState, ComponentView
from app.web import static_files
from app.web.shell import MeterView
from app.web.templates import ago, count, duration, environment, icon, live_partial, moment, render_partial, seconds
from tests.web.samples import BUSY, METER, PAGE_FIELDS, READY, RECEIPT


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [
        (0, "0 ms"),
        (4, "4 ms"),
        (99, "99 ms"),
        (312, "0.3 s"),
        (3_140, "3.1 s"),
        (9_949, "9.9 s"),
        (9_960, "10 s"),
        (59_499, "59 s"),
        (59_900, "1 min"),
        (125_000, "2 min 5 s"),
        (3_600_000, "1 h"),
        (11_400_000, "3 h 10 min"),
    ],
)
def test_durations_are_as_exact_as_they_are_useful(milliseconds: int, said: str) -> None:
    assert duration(milliseconds) == said


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(seconds=50), "1 min ago"),
        (timedelta(minutes=44), "44 min ago"),
        (timedelta(minutes=50), "1 h ago"),
        (timedelta(hours=30), "1 day ago"),
        (timedelta(days=5), "5 days ago"),
        (timedelta(seconds=-20), "in a moment"),
        (timedelta(hours=-3), "in 3 h"),
    ],
)
def test_times_are_relative_with_the_exact_one_on_hover(passed: timedelta, said: str) -> None:
    html = ago(now() - passed)
    assert html.endswith(f">{said}</time>")
    assert 'datetime="20' in html
    assert "UTC" in html


def test_a_moment_is_in_utc_and_says_so() -> None:
    assert moment(datetime(2026, 11, 20, 14, 5, tzinfo=UTC)).endswith(">20 Nov, 14:05 UTC</time>")


def test_figures_are_grouped() -> None:
    assert (count(1_204), seconds(45)) == ("1,204", "45 s")


def test_every_icon_is_a_drawing() -> None:
    for file in (static_files.FOLDER / "vendor" / "lucide").glob("*.svg"):
        drawn = icon(file.stem)
        assert drawn.count("<svg") == drawn.count("</svg>") == 1
        assert "<path" in drawn or "<circle" in drawn or "<rect" in drawn


def test_a_forgotten_variable_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(UndefinedError):
        environment().get_template("web/_meter.html").render()


def test_what_people_type_is_text() -> None:
    component = ComponentView("x", "<b>label</b>", ComponentState.READY, text="<img src=x onerror=y> {{ 7 * 7 }}")
    html = render_partial("runs/_component.html", component)
    assert "<img" not in html
    assert "<b>" not in html
    assert "{{ 7 * 7 }}" in html


def test_a_live_partial_replaces_the_element_of_its_own_id() -> None:
    html = live_partial("runs/_receipt.html", RECEIPT)
    assert html.startswith('<hx-partial hx-target="#receipt" hx-swap="outerMorph"><section ')
    assert html.endswith("</section></hx-partial>")
    assert isinstance(html, str)
    assert not isinstance(html, Markup)


def test_a_template_without_a_root_cannot_be_live() -> None:
    with pytest.raises(ValueError, match="no root element"):
        live_partial("web/field_notes.html", None, field=PAGE_FIELDS[0])


def test_a_live_partial_carries_nobodys_token() -> None:
    assert "_csrf_token" not in live_partial("runs/_head.html", BUSY.head)


@pytest.mark.parametrize("partial", ["error", "waiting", "context", "checks", "notes", "revisions"])
def test_what_is_not_there_yet_keeps_its_place(partial: str) -> None:
    assert render_partial(f"runs/_{partial}.html", None) == f'<section id="{partial}" hidden></section>'


@pytest.mark.parametrize(
    ("spent", "reserved", "limit", "level"),
    [(100, 0, 200, ""), (150, 9, 200, ""), (150, 10, 200, "near"), (199, 1, 200, "over"), (0, 0, 0, "over")],
)
def test_the_meter_warns_from_80_percent_and_in_words(spent: int, reserved: int, limit: int, level: str) -> None:
    money = type(METER.spent)
    meter = MeterView("November", money(spent), money(reserved), money(limit))
    assert meter.level == level
    assert (meter.word != "") == (level != "")
    assert meter.word in render_partial("web/_meter.html", meter)


def test_the_finished_result_is_copied_as_it_was_written() -> None:
    assert READY.output.result.split("\n")[0] in render_partial("runs/_output.html", READY.output)
