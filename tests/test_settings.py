"""The environment: what is read of it, and the sentence that each mistake gets."""

from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import pytest

from app.settings import DEVELOPMENT_SECRET, BadEnvironment, Settings

SECRET = "0123456789abcdef0123456789abcdef"
PRODUCTION = {
    "PRESSROOM_ENV": "production",
    "DATABASE_URL": "postgresql://db.example/pressroom",
    "REDIS_URL": "redis://redis.example/0",
    "PUBLIC_URL": "https://press.example",
    "SECRET_KEY": SECRET,
}


def test_nothing_set_is_development() -> None:
    settings = Settings.from_environment({})
    assert settings == Settings()
    assert (settings.is_production, settings.is_https, settings.origin) == (False, False, "http://127.0.0.1:8000")


def test_empty_and_blank_count_as_not_set() -> None:
    assert Settings.from_environment({"PORT": "", "HOST": "  ", "PRESSROOM_RETRY_BASE": "\n"}) == Settings()


def test_each_kind_of_value_is_read() -> None:
    given = {"PORT": " 9000 ", "PRESSROOM_HOME": "/srv/press", "PRESSROOM_RETRY_BASE": "0.5", "HOST": "0.0.0.0"}
    settings = Settings.from_environment(given)
    assert (settings.port, settings.home, settings.retry_base) == (9000, Path("/srv/press"), Decimal("0.5"))


def test_a_production_environment_that_is_complete_is_taken() -> None:
    assert Settings.from_environment(PRODUCTION).is_production


def test_every_setting_has_one_variable_and_says_what_it_is_for() -> None:
    variables = [field.metadata["variable"] for field in fields(Settings)]
    assert len(set(variables)) == len(variables)
    assert all(field.metadata["about"] for field in fields(Settings))


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ({"HOST": "0.0.0.0"}, "http://127.0.0.1:8000"),
        ({"HOST": "::"}, "http://127.0.0.1:8000"),
        ({"HOST": "::1", "PORT": "80"}, "http://[::1]:80"),
        ({"HOST": "press.local"}, "http://press.local:8000"),
        ({"PUBLIC_URL": "https://press.example/"}, "https://press.example"),
        ({"PUBLIC_URL": "http://press.example:8080"}, "http://press.example:8080"),
    ],
)
def test_where_people_reach_it(given: dict[str, str], origin: str) -> None:
    assert Settings.from_environment(given).origin == origin


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"PRESSROOM_ENV": "prod"}, "PRESSROOM_ENV is 'prod': set it to development or to production."),
        ({"PORT": "eighty"}, "PORT is 'eighty': write a number."),
        ({"PORT": "80.5"}, "PORT is '80.5': write a number."),
        ({"PORT": "0"}, "PORT is 0: choose a number between 1 and 65535."),
        ({"PORT": "65536"}, "PORT is 65536: choose a number between 1 and 65535."),
        ({"PORT": "9" * 5000}, "write a number."),
        ({"PRESSROOM_RUNS_PER_WORKER": "0"}, "PRESSROOM_RUNS_PER_WORKER is 0: choose 1 or more."),
        ({"PRESSROOM_HEARTBEAT": "-1"}, "PRESSROOM_HEARTBEAT is -1: choose 1 or more."),
        ({"DEMO_TOKENS_PER_SECOND": "-1"}, "DEMO_TOKENS_PER_SECOND is -1: choose 0 or more."),
        ({"PRESSROOM_RETRY_BASE": "soon"}, "PRESSROOM_RETRY_BASE is 'soon': write a number."),
        ({"PRESSROOM_RETRY_BASE": "-2"}, "PRESSROOM_RETRY_BASE is -2: choose 0 or more."),
        ({"PRESSROOM_MONTHLY_BUDGET": "NaN"}, "PRESSROOM_MONTHLY_BUDGET is 'NaN': write a number."),
        ({"PRESSROOM_MONTHLY_BUDGET": "Infinity"}, "PRESSROOM_MONTHLY_BUDGET is 'Infinity': write a number."),
        ({"PRESSROOM_UNKNOWN_PRICE": "$1"}, "PRESSROOM_UNKNOWN_PRICE is '$1': write a number."),
        ({"PUBLIC_URL": "press.example"}, "PUBLIC_URL is 'press.example': begin it with https://"),
        ({"PUBLIC_URL": "ftp://press.example"}, "PUBLIC_URL is 'ftp://press.example': begin it with https://"),
        ({"PUBLIC_URL": "https://"}, "PUBLIC_URL is 'https://': "),
        ({"PUBLIC_URL": "https://[press"}, "PUBLIC_URL is 'https://[press': "),
        (PRODUCTION | {"DATABASE_URL": ""}, "DATABASE_URL is not set: production needs it."),
        (PRODUCTION | {"REDIS_URL": " "}, "REDIS_URL is not set: production needs it."),
        (PRODUCTION | {"PUBLIC_URL": ""}, "PUBLIC_URL is not set: production needs it."),
        (PRODUCTION | {"SECRET_KEY": ""}, "SECRET_KEY is missing or short: set 32 or more random characters."),
        (PRODUCTION | {"SECRET_KEY": SECRET[:31]}, "SECRET_KEY is missing or short: set 32 or more random characters."),
        (PRODUCTION | {"SECRET_KEY": DEVELOPMENT_SECRET}, "SECRET_KEY is missing or short"),
    ],
)
def test_each_mistake_gets_its_sentence(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadEnvironment) as refusal:
        Settings.from_environment(given)
    assert sentence in str(refusal.value)
    assert SECRET not in str(refusal.value)


def test_a_key_of_ones_own_takes_the_demo_providers_place() -> None:
    demo = {"DEMO_PROVIDER_URL": "http://127.0.0.1:9"}
    settings = Settings.from_environment(demo | {"OPENAI_API_KEY": "sk-own"})
    assert (settings.uses_demo("openai"), settings.uses_demo("anthropic")) == (False, True)
    assert not Settings.from_environment({}).uses_demo("anthropic")
