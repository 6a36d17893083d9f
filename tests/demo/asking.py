"""Asking the demo provider without an SDK, to see the bytes it sends."""

import json
from collections.abc import Mapping
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.demo_provider import DemoProvider

PROMPT = "Write: intro\nLanguage: English (en)\nSubject: Paper lamps\nKeywords: paper lamps\nLength: about 40 words"


def post(
    demo: DemoProvider, endpoint: str, body: Mapping[str, object] | bytes, key: str | None = "any", status: int = 200
) -> bytes:
    """The body of the answer, whose status has to be ``status``."""
    base = f"{demo.anthropic_url}/v1" if endpoint == "messages" else demo.openai_url
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        answer = urlopen(Request(f"{base}/{endpoint}", data, headers))
    except HTTPError as error:
        answer = error  # it is the answer, too
    with answer:
        assert answer.status == status
        content: bytes = answer.read()
    return content
