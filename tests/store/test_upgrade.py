import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from service.core.errors import SettingsError
from service.messages import say
from service.store.upgrade import MIGRATIONS, upgrade
from tests import editions
from tests.commands import exit_code

MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = "{before}"


def upgrade() -> None:
    {body}
"""
ANEW = """with op.batch_alter_table("articles", recreate="always") as table:
        table.add_column(sa.Column("mood", sa.Text))"""
LOSING = 'op.execute("DELETE FROM articles WHERE version > 0")'
BROKEN = f"""{ANEW}
    op.execute("UPDATE nowhere SET mood = 'bad'")"""


def asked(file: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(file)) as database:
        return database.execute(query).fetchall()


def rows(file: Path) -> dict[str, int]:
    tables = [name for (name,) in asked(file, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name: asked(file, f"SELECT count(*) FROM {name}")[0][0] for name in tables}


def migrations(folder: Path, body: str) -> Path:
    """Ours and one more."""
    shutil.copytree(MIGRATIONS, folder)
    last = max(path.name[:4] for path in (folder / "versions").glob("[0-9]*.py"))
    (folder / "versions" / "9001_one_more.py").write_text(MIGRATION.format(before=last, body=body))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return editions.FIRST.copy(tmp_path / "data")


@pytest.mark.parametrize("edition", editions.ALL, ids=str)
def test_data_of_an_earlier_edition_keeps_every_row(edition: editions.Edition, tmp_path: Path) -> None:
    folder = edition.copy(tmp_path)
    before = rows(folder / "pressroom.db")
    assert min(before.values()) > 0
    upgrade(folder)
    assert rows(folder / "pressroom.db").items() >= before.items()
    assert asked(folder / "pressroom.db", "PRAGMA foreign_key_check") == []
    assert asked(folder / "pressroom.db", "PRAGMA integrity_check") == [("ok",)]


def test_sessions_of_keys_go_on_when_people_get_theirs(tmp_path: Path) -> None:
    before = shutil.copytree(MIGRATIONS, tmp_path / "before")
    for later in (path for path in (before / "versions").glob("[0-9]*.py") if path.name > "0007"):
        later.unlink()
    (folder := tmp_path / "data").mkdir()
    upgrade(folder, before)
    file, time = folder / "pressroom.db", "2026-01-01 00:00:00"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("INSERT INTO workspaces (id, created_at) VALUES ('bees', ?)", [time])
        key = "INSERT INTO keys (id, workspace, name, role, digest, last_four, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
        database.execute(key, ["k", "bees", "Ada", "writer", "digest", "1234", time])
        session = "INSERT INTO sessions (digest, key_id, created_at, used_at, expires_at) VALUES ('s', 'k', ?, ?, ?)"
        database.execute(session, [time] * 3)
    upgrade(folder)
    assert asked(file, "SELECT digest, key_id, workspace, subject FROM sessions") == [("s", "k", "bees", None)]
    assert asked(file, "PRAGMA foreign_key_check") == []


def test_a_table_that_others_refer_to_can_be_made_anew(folder: Path, tmp_path: Path) -> None:
    before = rows(folder / "pressroom.db")
    upgrade(folder, migrations(tmp_path / "migrations", ANEW))
    assert rows(folder / "pressroom.db").items() >= before.items()
    assert ("mood",) in asked(folder / "pressroom.db", "SELECT name FROM pragma_table_info('articles')")


def test_what_was_before_an_upgrade_is_kept_beside_it(folder: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(folder / "pressroom.db")) as database:
        database.execute("PRAGMA journal_mode=WAL")  # as a running server leaves it
        database.execute("UPDATE articles SET topic = 'Changed last'")
        database.commit()
        upgrade(folder, migrations(tmp_path / "migrations", ANEW))
    copy = folder / "pressroom.db.before-9001"
    assert rows(copy) == rows(editions.FIRST.folder / "pressroom.db")
    assert asked(copy, "SELECT DISTINCT topic FROM articles") == [("Changed last",)]
    assert asked(copy, "SELECT version_num FROM alembic_version") == [("0002",)]


def test_there_is_no_copy_where_there_is_nothing_to_upgrade(tmp_path: Path) -> None:
    upgrade(tmp_path)
    upgrade(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["pressroom.db"]


@pytest.mark.parametrize(
    ("body", "why"), [(LOSING, "would refer to missing rows"), (BROKEN, "no such table")], ids=["losing", "broken"]
)
def test_an_upgrade_that_goes_wrong_leaves_the_file_as_it_was(
    body: str, why: str, folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError) as refused:
        upgrade(folder, migrations(tmp_path / "migrations", body))
    assert why in say(refused.value.sentence)
    assert "was left as it was" in say(refused.value.sentence)
    assert (folder / "pressroom.db").read_bytes() == (editions.FIRST.folder / "pressroom.db").read_bytes()
    assert not list(folder.glob("pressroom.db-*"))


def test_data_of_a_later_edition_is_not_touched(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(folder / "pressroom.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    monkeypatch.setenv("PRESSROOM_DATA_DIR", str(folder))
    assert exit_code("serve", "--port", "0") == 2
    assert capsys.readouterr().err == (
        f"pressroom: PRESSROOM_DATA_DIR: {folder}/pressroom.db was last used by a later version of Pressroom "
        "(revision 9999); start that version, or name another folder\n"
    )


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pressroom.db").write_text("What is this? " * 100)
    with pytest.raises(SettingsError, match="file_failed") as refused:
        upgrade(tmp_path)
    assert "file is not a database" in say(refused.value.sentence)
