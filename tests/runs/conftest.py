"""Who looks at runs."""

from collections.abc import AsyncIterator

import pytest

from tests.browsing import Browser
from tests.world import World, session_of


@pytest.fixture
async def colin(world: World, web_server: str) -> AsyncIterator[Browser]:
    async with Browser(web_server, await session_of(world.colin)) as browser:
        yield browser
