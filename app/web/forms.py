"""What a form sent, bounded and as text."""

from collections.abc import Iterator, Mapping
from typing import Any

from litestar import Request
from litestar.exceptions import ClientException

from app.errors import FieldError, ValidationFailed

MOST_FIELDS = 200
LONGEST_FIELD = 200_000  # characters


class Form(Mapping[str, str]):
    """Reads like a ``dict[str, str]`` of the last value of each name; ``many`` gives all of them."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def __getitem__(self, name: str) -> str:
        return self._values[name][-1]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def many(self, name: str) -> list[str]:
        return list(self._values.get(name, ()))

    def lines(self, name: str) -> list[str]:
        """The lines of a long field that say something, trimmed."""
        return [line.strip() for line in self.get(name, "").splitlines() if line.strip()]


async def read_form(request: Request[Any, Any, Any]) -> Form:
    """Uploads are left out; line ends are ``\\n``. Raises ValidationFailed where a field is longer than 200,000
    characters or there are more than 200 values, and ClientException where the body is no form."""
    try:
        sent = (await request.form()).multi_items()
    except (UnicodeDecodeError, ValueError) as error:
        raise ClientException("This is not a form that can be read.") from error
    pairs = [(name, _tidy(value)) for name, value in sent if isinstance(value, str) and name != "_csrf_token"]
    if len(pairs) > MOST_FIELDS:
        raise ValidationFailed(f"A form has at most {MOST_FIELDS} values; this one has {len(pairs):,}.")
    if too_long := [_too_long(name, value) for name, value in pairs if len(value) > LONGEST_FIELD]:
        raise ValidationFailed.of(*too_long)
    return Form(pairs)


def _tidy(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\r", "\n")


def _too_long(name: str, value: str) -> FieldError:
    message = f"This is {len(value):,} characters long; {LONGEST_FIELD:,} are the most that can be sent."
    return FieldError(name, "TOO_LONG", message)
