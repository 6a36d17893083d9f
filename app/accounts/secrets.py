"""Tokens that somebody else keeps and we only recognise: 256 random bits there, their SHA-256 here.

A fast hash is enough for them, unlike for passwords: nobody guesses 256 bits.
"""

from hashlib import sha256
from secrets import token_urlsafe

BYTES = 32


def new_token(prefix: str = "") -> str:
    return prefix + token_urlsafe(BYTES)


def hash_of(token: str) -> str:
    return sha256(token.encode()).hexdigest()
