"""The form of keys and sessions. Both are random, so a plain keyed hash of them is enough to find them by."""

import hmac
import re
import secrets
from hashlib import sha256
from string import ascii_letters, digits
from zlib import crc32

PREFIX = "pr_"
RANDOM = 40  # characters, about 238 bits
CHECK = 6
LETTERS = digits + ascii_letters
_form = re.compile(rf"{PREFIX}([{LETTERS}]{{{RANDOM}}})([{LETTERS}]{{{CHECK}}})", re.ASCII)


def make() -> str:
    body = "".join(secrets.choice(LETTERS) for _ in range(RANDOM))
    return f"{PREFIX}{body}{_check(body)}"


def well_formed(key: str) -> bool:
    """Whether it can be a key: a mistyped one is recognised without a look-up."""
    match = _form.fullmatch(key)
    return match is not None and _check(match[1]) == match[2]


def digest(secret: bytes, text: str) -> str:
    return hmac.new(secret, text.encode(), sha256).hexdigest()


def _check(body: str) -> str:
    number, letters = crc32(body.encode()), ""
    for _ in range(CHECK):
        number, rest = divmod(number, len(LETTERS))
        letters += LETTERS[rest]
    return letters
