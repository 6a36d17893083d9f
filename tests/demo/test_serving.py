"""The demo provider as a process: it answers, and it ends at once even while it writes."""

from urllib.request import urlopen

from tests.demo_provider import DemoProvider


def test_answers(demo_provider: DemoProvider) -> None:
    with urlopen(f"{demo_provider.url}/healthz") as answer:
        assert answer.status == 200
