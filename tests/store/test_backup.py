"""A copy of all that is stored, while a server writes."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from service.core.errors import SettingsError
from service.messages import say
from service.store.backup import backup
from service.store.upgrade import FILE, upgrade
from tests import editions
from tests.commands import exit_code
from tests.migrated import prepare
from tests.server import serving


@pytest.mark.process
async def test_a_copy_is_whole_though_much_is_written_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, again = tmp_path / "there", tmp_path / "again"
    for folder in (there, again):
        folder.mkdir()
    monkeypatch.setenv("PRESSROOM_DATA_DIR", str(there))
    async with serving(there) as server:
        done = await server.start_job("Done")
        await server.watch(done)
        stored = await server.get(f"/articles/{done}/result")
        writing = await server.start_long("In the middle")
        for _ in range(3):
            assert exit_code("backup", str(again / FILE)) == 0
    async with serving(again) as server:
        assert await server.get(f"/articles/{done}/result") == stored
        assert (await server.get(f"/articles/{writing}"))["status"] in ("pending", "processing", "completed")
    assert (again / FILE).stat().st_mode & 0o777 == 0o600


def test_a_copy_is_not_made_where_it_can_not_be(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        backup(tmp_path, tmp_path / "copy")
    assert say(caught.value.sentence) == f"PRESSROOM_DATA_DIR: there is no data in {tmp_path}"
    prepare(tmp_path)
    with pytest.raises(SettingsError) as caught:
        backup(tmp_path, tmp_path / FILE)
    assert "is the database itself" in say(caught.value.sentence)
    with pytest.raises(SettingsError) as caught:
        backup(tmp_path, tmp_path / "nowhere" / "copy")
    assert "can't be written" in say(caught.value.sentence)
    assert {path.name for path in tmp_path.iterdir()} == {FILE}


def test_a_copy_that_fails_leaves_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    folder, copy = prepare(tmp_path / "data"), tmp_path / "copy"
    backup(folder, copy)
    before = copy.read_bytes()
    (folder / FILE).write_bytes(b"no database " * 1_000)
    with pytest.raises(SettingsError):
        backup(folder, copy)
    assert copy.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"data", "copy"}


def test_pictures_beside_the_database_are_taken_into_it(tmp_path: Path) -> None:
    folder = editions.FIRST.copy(tmp_path)
    (picture,) = (folder / "pictures").iterdir()
    data = picture.read_bytes()
    (folder / "pictures" / "01a1f84f-0000-7000-8000-000000000000.png").write_bytes(b"of no article")
    (folder / "pictures" / "notes.txt").write_text("mine")
    upgrade(folder)
    with closing(sqlite3.connect(folder / FILE)) as database:
        assert database.execute("SELECT article_id, number, media_type, data FROM pictures").fetchall() == [
            (picture.stem, 0, "image/png", data)
        ]
    assert not (folder / "pictures").exists()
    assert len(list(next(folder.glob("pictures.before-*")).iterdir())) == 3
    (folder / FILE).unlink()
    editions.FIRST.copy(folder)  # who went back, and comes again, with what was kept still there
    upgrade(folder)
    assert (folder / "pictures" / picture.name).read_bytes() == data
