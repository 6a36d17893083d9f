"""Ids. They are opaque to everybody outside, and sort by the time they were made."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A version-7 UUID (RFC 9562): its order is the order of creation, so that it serves as a paging key."""
    return uuid7()


def parse_id(text: str) -> UUID | None:
    """None for what is no id, so that a made-up id is simply not found."""
    try:
        return UUID(text)
    except ValueError:
        return None
