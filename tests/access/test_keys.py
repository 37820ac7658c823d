"""The form of keys, and the secret that they are stored under."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.access import keys
from service.access.secret import secret

KEY = "pr_yYo7CXrxhJn4PsHFNLiB9sQ0YWEc523socwjfP9LZId0B1"


def test_keys_are_random_and_recognised() -> None:
    made = {keys.make() for _ in range(100)}
    assert len(made) == 100
    assert all(each.startswith("pr_") and keys.well_formed(each) for each in made)


@given(st.integers(0, keys.RANDOM + keys.CHECK - 1), st.sampled_from(keys.LETTERS))
def test_a_mistyped_key_is_recognised_without_a_look_up(at: int, letter: str) -> None:
    key = keys.make()
    place = len(keys.PREFIX) + at
    assert keys.well_formed(typed := f"{key[:place]}{letter}{key[place + 1 :]}") == (typed == key)


@pytest.mark.parametrize("text", ["", "pr_", "sk-123", "pr_" + "é" * 46, "pr_" + "٣" * 46, KEY + "\n", f" {KEY}"])
def test_anything_else_is_no_key(text: str) -> None:
    assert keys.well_formed(KEY)
    assert not keys.well_formed(text)


def test_what_is_stored_depends_on_the_secret() -> None:
    key = keys.make()
    assert keys.digest(b"a", key) == keys.digest(b"a", key) != keys.digest(b"b", key)
    assert key not in keys.digest(b"a", key)


def test_the_secret_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    made = secret(tmp_path, None)
    assert len(made) == 64
    assert secret(tmp_path, None) == made
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert secret(tmp_path, "set") == b"set"
