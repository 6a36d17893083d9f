"""The environment, read once and checked. Nothing else in Pressroom looks at environment variables.

Every field below is one variable; the table in ``README.md`` is held against this file by a test.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

DEVELOPMENT_SECRET = "a development secret that production refuses"  # noqa: S105 - that is its point


#: What is least for a number, where that is not 1 (or 0 for money and seconds). Leases are renewed every 1.5 seconds.
LEAST = {"demo_tokens_per_second": 0, "lease_seconds": 5}


class BadEnvironment(Exception):
    """A setting that cannot be used; its message is one sentence that says what to do."""


def setting(variable: str, default: Any, about: str) -> Any:
    return field(default=default, metadata={"variable": variable, "about": about})


@dataclass(frozen=True, slots=True)
class Settings:
    environment: str = setting("PRESSROOM_ENV", "development", "`development` or `production`")
    home: Path = setting("PRESSROOM_HOME", Path(".pressroom"), "folder in which `make run` keeps all its data")
    host: str = setting("HOST", "127.0.0.1", "address the web server listens on")
    port: int = setting("PORT", 8000, "port the web server listens on")
    public_url: str = setting("PUBLIC_URL", "", "address people reach Pressroom at, where it is not `http://HOST:PORT`")
    database_url: str = setting("DATABASE_URL", "", "PostgreSQL 16 or later; `make run` brings its own")
    redis_url: str = setting("REDIS_URL", "", "Redis or Valkey; `make run` brings its own")
    secret_key: str = setting("SECRET_KEY", DEVELOPMENT_SECRET, "signs tickets and forms; 32 characters or more")

    openai_api_key: str = setting("OPENAI_API_KEY", "", "uses the real OpenAI instead of the demo provider")
    openai_base_url: str = setting("OPENAI_BASE_URL", "", "another address that speaks OpenAI's protocol, for that key")
    anthropic_api_key: str = setting("ANTHROPIC_API_KEY", "", "uses the real Anthropic instead of the demo provider")
    anthropic_base_url: str = setting(
        "ANTHROPIC_BASE_URL", "", "another address that speaks Anthropic's protocol, for that key"
    )
    demo_provider_url: str = setting("DEMO_PROVIDER_URL", "", "where the demo provider answers; `make run` starts one")
    demo_tokens_per_second: int = setting("DEMO_TOKENS_PER_SECOND", 60, "how fast the demo provider writes; 0: at once")

    runs_per_worker: int = setting("PRESSROOM_RUNS_PER_WORKER", 10, "runs that one worker process works on at a time")
    runs_per_project: int = setting(
        "PRESSROOM_RUNS_PER_PROJECT", 10, "runs of one project that are worked on at a time"
    )
    calls_per_provider: int = setting(
        "PRESSROOM_CALLS_PER_PROVIDER", 20, "calls that one worker process has open at one provider"
    )
    queue_limit: int = setting("PRESSROOM_QUEUE_LIMIT", 200_000, "waiting runs from which new ones are refused")
    run_timeout: int = setting("PRESSROOM_RUN_TIMEOUT", 300, "seconds that one attempt of a run may take")
    run_attempts: int = setting("PRESSROOM_RUN_ATTEMPTS", 3, "attempts before a run has failed for good")
    retry_base: Decimal = setting("PRESSROOM_RETRY_BASE", Decimal(2), "seconds before the first retry; then doubled")
    lease_seconds: int = setting("PRESSROOM_LEASE", 15, "seconds until a silent worker's runs go to another")
    promote_after: int = setting("PRESSROOM_PROMOTE_AFTER", 30, "minutes of waiting that lift a run by one lane")
    monthly_budget: Decimal = setting("PRESSROOM_MONTHLY_BUDGET", Decimal(200), "US dollars a month for a new project")
    unknown_price: Decimal = setting(
        "PRESSROOM_UNKNOWN_PRICE",
        Decimal("0.10"),
        "US dollars that count for a call whose price is not known",
    )
    context_tokens: int = setting("PRESSROOM_CONTEXT_TOKENS", 6_000, "tokens of context that each call may carry")
    heartbeat_seconds: int = setting("PRESSROOM_HEARTBEAT", 15, "seconds between the heartbeats of a live stream")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Raises ``BadEnvironment``. An empty variable counts as not set."""
        source = os.environ if environment is None else environment
        given = {
            f.name: _parse(f.metadata["variable"], source[f.metadata["variable"]], f.default)
            for f in fields(cls)
            if source.get(f.metadata["variable"], "").strip()
        }
        settings = cls(**given)
        settings._check()
        return settings

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def origin(self) -> str:
        """Scheme, host and port that people type, without a slash at the end."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - compared, not bound
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def is_https(self) -> bool:
        return self.origin.startswith("https://")

    def uses_demo(self, provider: str) -> bool:
        """Whether this provider's calls go to the demo provider, so that pages can say so."""
        own_key: str = getattr(self, f"{provider}_api_key")
        return not own_key and bool(self.demo_provider_url)

    def _check(self) -> None:
        if self.environment not in ("development", "production"):
            raise BadEnvironment(f"PRESSROOM_ENV is {self.environment!r}: set it to development or to production.")
        if not 0 < self.port < 65536:
            raise BadEnvironment(f"PORT is {self.port}: choose a number between 1 and 65535.")
        for f in fields(self):
            value = getattr(self, f.name)
            least = LEAST.get(f.name, 1 if isinstance(f.default, int) else 0)
            if isinstance(value, int | Decimal) and not value >= least:
                raise BadEnvironment(f"{f.metadata['variable']} is {value}: choose {least} or more.")
        if self.public_url and not _is_web_address(self.public_url):
            raise BadEnvironment(
                f"PUBLIC_URL is {self.public_url!r}: begin it with https:// and the name of your host."
            )
        if self.is_production:
            self._check_production()

    def _check_production(self) -> None:
        for name in ("database_url", "redis_url", "public_url"):
            if not getattr(self, name):
                raise BadEnvironment(f"{name.upper()} is not set: production needs it.")
        if self.secret_key == DEVELOPMENT_SECRET or len(self.secret_key) < 32:
            raise BadEnvironment("SECRET_KEY is missing or short: set 32 or more random characters.")


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _parse(variable: str, text: str, default: Any) -> Any:
    text = text.strip()
    try:
        if isinstance(default, int):
            return int(text)
        if isinstance(default, Decimal):
            number = Decimal(text)
            if not number.is_finite():
                raise InvalidOperation
            return number
    except (ValueError, InvalidOperation):
        raise BadEnvironment(f"{variable} is {text!r}: write a number.") from None
    return Path(text) if isinstance(default, Path) else text
