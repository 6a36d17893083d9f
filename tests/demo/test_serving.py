"""The demo provider as a process: it answers, and it ends at once even while it writes."""

import time
from urllib.request import Request, urlopen

from tests.demo_provider import DemoProvider, demo_provider, demo_provider_process

__all__ = ["demo_provider", "demo_provider_process"]


def test_answers(demo_provider: DemoProvider) -> None:
    with urlopen(f"{demo_provider.url}/healthz") as answer:
        assert answer.status == 200
