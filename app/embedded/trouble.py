"""What keeps Pressroom from starting, told to the person at the terminal."""


class CannotStart(Exception):
    """Its message says what is wrong and what to do about it."""


class EndedUnexpectedly(CannotStart):
    """A process that should still be running is not; the message carries the end of its log."""
