"""What the sign-in pages are given."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignInPage:
    """``problem`` is a sentence: the link was used, or has expired. Empty at a first visit."""

    problem: str = ""


@dataclass(frozen=True, slots=True)
class ConfirmLinkPage:
    """``url`` takes the POST that uses the link up."""

    email: str
    url: str
