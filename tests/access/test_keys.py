"""The form of keys, and the secret that they are stored under."""

import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.access import keys
from service.access.secret import secret
from service.core.errors import SettingsError

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
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]
    assert secret(tmp_path, "x" * 32) == b"x" * 32


@pytest.mark.parametrize("given", ["", "a", " " * 40, "x" * 31])
def test_what_can_be_guessed_is_no_secret(tmp_path: Path, given: str) -> None:
    with pytest.raises(SettingsError) as refused:
        secret(tmp_path, given)
    assert refused.value.params["name"] == "PRESSROOM_SECRET"
    (tmp_path / "secret").touch(0o600)
    (tmp_path / "secret").write_text(given)
    with pytest.raises(SettingsError) as refused:
        secret(tmp_path, None)
    assert refused.value.params["name"] == str(tmp_path / "secret")
    assert (tmp_path / "secret").read_text() == given


@pytest.mark.parametrize(
    ("mode", "may"), [(0o666, False), (0o604, False), (0o602, False), (0o660, True), (0o400, True)]
)
def test_what_anybody_may_read_is_no_secret(tmp_path: Path, mode: int, may: bool) -> None:
    made = secret(tmp_path, None)
    (tmp_path / "secret").chmod(mode)
    with nullcontext() if may else pytest.raises(SettingsError):
        assert secret(tmp_path, None) == made


def test_a_secret_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", crash)
        with pytest.raises(KeyboardInterrupt):
            secret(tmp_path, None)
    assert not (tmp_path / "secret").exists()
    with ThreadPoolExecutor() as at_once:
        assert len(set(at_once.map(lambda _: secret(tmp_path, None), range(16)))) == 1
