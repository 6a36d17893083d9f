"""Which provider answers is decided by what is set: a key, an address, the demo provider, or nothing."""

from contextlib import aclosing

from app.providers.contract import Prompt, TextCall
from app.providers.opening import open_providers
from app.settings import Settings
from tests.demo_provider import DemoProvider


async def test_nothing_is_set() -> None:
    assert open_providers(Settings()) == {}


async def test_demo_provider_stands_in_for_both(demo_provider: DemoProvider) -> None:
    providers = open_providers(Settings(demo_provider_url=demo_provider.url))
    assert {name: provider.name for name, provider in providers.items()} == {
        "openai": "openai",
        "anthropic": "anthropic",
    }
    for name, model in (("openai", "gpt-6-luna"), ("anthropic", "claude-haiku-5-5")):
        call = TextCall(model, Prompt("Be brief.", f"Write: title\nKeywords: {name}"), 50)
        async with aclosing(providers[name].stream(call)) as parts:
            assert [part async for part in parts]
        await providers[name].close()


async def test_own_key_and_address_come_first(demo_provider: DemoProvider) -> None:
    providers = open_providers(
        Settings(
            openai_api_key="own",
            openai_base_url=demo_provider.openai_url,
            anthropic_api_key="own",
            anthropic_base_url=demo_provider.anthropic_url,
            demo_provider_url="http://127.0.0.1:9",
        )
    )
    for provider in providers.values():
        assert await provider.models()
        await provider.close()
