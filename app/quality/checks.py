"""All checks, in the order in which people see them."""

from app.quality.contract import Check, Subject, Verdict
from app.quality.forbidden_words import check_forbidden_words
from app.quality.keywords import check_keywords
from app.quality.language import check_language
from app.quality.leftovers import check_leftovers
from app.quality.length import check_length
from app.quality.truncation import check_truncation

CHECKS: tuple[Check, ...] = (
    check_truncation,
    check_leftovers,
    check_length,
    check_keywords,
    check_language,
    check_forbidden_words,
)


def run_checks(subject: Subject) -> tuple[Verdict, ...]:
    """A verdict of each check. A few milliseconds of the processor's time for a page, so off the event loop.

    The first call of a process loads the language model.
    """
    return tuple(check(subject) for check in CHECKS)
