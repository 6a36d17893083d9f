"""Signed tickets for a browser's ``EventSource``, which cannot send a header: one run, one hour."""

from uuid import UUID

from itsdangerous import BadData, URLSafeTimedSerializer

LIFETIME_SECONDS = 3600
_SALT = "run events"


def ticket_for(secret: str, run: UUID) -> str:
    return str(URLSafeTimedSerializer(secret, salt=_SALT).dumps(str(run)))


def is_valid(secret: str, ticket: str, run: UUID) -> bool:
    try:
        return bool(URLSafeTimedSerializer(secret, salt=_SALT).loads(ticket, max_age=LIFETIME_SECONDS) == str(run))
    except BadData:
        return False
