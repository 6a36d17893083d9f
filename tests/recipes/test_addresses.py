import pytest

from app.recipes.addresses import problem_with, subject_of


@pytest.mark.parametrize(
    "address",
    [
        "https://shop.example/lamps",
        "HTTP://SHOP.EXAMPLE",
        "https://münchen.example/straße?q=1#top",
        "http://127.0.0.1:8000/x",
        "http://[::1]/x",
        "https://intranet/page",
    ],
)
def test_addresses_of_pages_are_fine(address: str) -> None:
    assert problem_with(address) is None


@pytest.mark.parametrize(
    ("address", "what_to_do"),
    [
        ("shop.example/lamps", "Begin with https://"),
        ("ftp://shop.example", "Begin with https://"),
        ("javascript:alert(1)", "Begin with https://"),
        ("data:text/html,<script>", "Begin with https://"),
        ("https:shop.example", "Begin with https://"),
        ("https://[broken/x", "Check the site's name"),
        ("https://shop.example:port/x", "Check the site's name"),
        ("https://", "Name the site"),
        ("https:///lamps", "Name the site"),
        ("https://...", "Name the site"),
        ("https://shop.example/brass lamps", "Leave out the spaces"),
        ("https://me@shop.example/", "Leave the user name and password out"),
        ("https://me:secret@shop.example/", "Leave the user name and password out"),
    ],
)
def test_what_is_no_address_is_told_what_to_do(address: str, what_to_do: str) -> None:
    problem = problem_with(address)
    assert problem is not None
    assert problem.startswith(what_to_do)


@pytest.mark.parametrize(
    ("address", "subject"),
    [
        ("https://shop.example/lamps/brass-desk-lamps", "Brass desk lamps"),
        ("https://shop.example/lamps/brass_desk+lamps.html?color=red", "Brass desk lamps"),
        ("https://shop.example/en/lamps/12345/", "Lamps"),
        ("https://shop.example/de-AT/index.php", ""),
        ("https://shop.example/c/stehlampen/3f2504e0-4f89-11d3", "Stehlampen"),
        ("https://shop.example/%E7%81%AF%E5%85%B7", "灯具"),
        ("https://shop.example/%FF%FE", ""),
        ("https://shop.example", ""),
        ("https://[broken", ""),
    ],
)
def test_the_subject_is_the_last_part_that_says_something(address: str, subject: str) -> None:
    assert subject_of(address) == subject
