"""Everything that can go wrong and be explained to somebody.

One small tree. Each error has an API code (see ``docs/api.md``), an HTTP status, a sentence for people and
``retryable``: whether the same request can succeed later without being changed. ``app.web.problems`` turns them
into a page, a fragment or ``application/problem+json``; the pipeline stores them on the run.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field. ``field`` is the API's name for it: ``targetUrl``, ``settings.width``."""

    field: str
    code: str
    message: str


class PressroomError(Exception):
    code: ClassVar[str] = "GENERATION_ERROR"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, errors: tuple[FieldError, ...] = (), retry_after: float | None = None) -> None:
        """``retry_after`` is in seconds."""
        super().__init__(message)
        self.message = message
        self.errors = errors
        self.retry_after = retry_after


class ValidationFailed(PressroomError):
    code = "VALIDATION_ERROR"
    status = 422
    title = "Some fields need another look"

    @classmethod
    def of(cls, *errors: FieldError) -> "ValidationFailed":
        return cls(" ".join(error.message for error in errors), errors=errors)


class NotSignedIn(PressroomError):
    code = "UNAUTHENTICATED"
    status = 401
    title = "Please sign in"


class NotAllowed(PressroomError):
    code = "FORBIDDEN"
    status = 403
    title = "Your role does not allow this"


class NotFound(PressroomError):
    """Not there, or not yours: the two are told apart nowhere."""

    code = "JOB_NOT_FOUND"
    status = 404
    title = "Not found"


class Conflict(PressroomError):
    code = "CONFLICT"
    status = 409
    title = "That does not fit what happened meanwhile"


class BudgetExceeded(PressroomError):
    code = "BUDGET_EXCEEDED"
    status = 402
    title = "This does not fit the month's budget"


class QueueFull(PressroomError):
    code = "RATE_LIMITED"
    status = 429
    title = "The queue is full"
    retryable = True


class Canceled(PressroomError):
    code = "JOB_CANCELED"
    status = 409
    title = "Canceled"


class TimedOut(PressroomError):
    code = "TIMEOUT_ERROR"
    status = 504
    title = "This took too long"
    retryable = True


class ContentRejected(PressroomError):
    code = "CONTENT_REJECTED"
    status = 422
    title = "The provider declined to write this"


class TokenLimitExceeded(PressroomError):
    code = "TOKEN_LIMIT_EXCEEDED"
    status = 422
    title = "Too long for this model"


class ModelUnavailable(PressroomError):
    """A model we know, that the provider no longer has or does not have for this key."""

    code = "MODEL_UNAVAILABLE"
    status = 503
    title = "The model is not available"
    retryable = True


class ProviderRateLimited(PressroomError):
    """The provider asked us to slow down; ``retry_after`` is its own figure where it gave one."""

    code = "RATE_LIMITED"
    status = 429
    title = "The provider asked for a pause"
    retryable = True


class ProviderTransient(PressroomError):
    """The provider failed in a way that often passes: 5xx, overloaded, connection lost, stalled."""

    status = 502
    title = "The provider failed"
    retryable = True


class StreamTruncated(ProviderTransient):
    """The answer ended before the provider said that it was finished."""

    title = "The answer stopped before its end"


class ProviderPermanent(PressroomError):
    """The provider refused in a way that trying again does not mend: bad key, empty account, bad request."""

    status = 502
    title = "The provider refused"


class ProviderAccountRefused(ProviderPermanent):
    """The key is not accepted or the account is empty: no call of this key works until a person mends that."""
