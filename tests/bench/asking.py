"""What the measurements ask Pressroom for."""

import time
from typing import Any
from uuid import UUID

import httpx

PAGE_FACTS = {"Models": "42", "Arm": "45 cm", "Warranty": "5 years"}


def text(subject: str, words: int = 60) -> dict[str, Any]:
    return {"action": "WRITE", "instruction": f"A short guide to {subject}", "lengthTarget": words}


def page(name: str) -> dict[str, Any]:
    """``name`` is in the prompt of each of its six calls."""
    return {
        "pageType": "category",
        "targetUrl": f"https://shop.example/lamps/{name}",
        "keywords": ["brass desk lamp", "dimmable"],
        "facts": PAGE_FACTS,
    }


async def submit(api: httpx.AsyncClient, fields: dict[str, Any]) -> UUID:
    answer = await api.post("/generations", json=fields)
    answer.raise_for_status()
    return UUID(answer.json()["jobId"])


async def until_completed(api: httpx.AsyncClient, run: UUID) -> float:
    """When the API's stream said so, in seconds since the epoch."""
    async with api.stream("GET", f"/generations/{run}/events") as stream:
        async for line in stream.aiter_lines():
            if line == "event: completed":
                return time.time()
            if line == "event: failed":
                raise RuntimeError(f"run {run} failed")
    raise RuntimeError(f"the stream of {run} ended too early")
