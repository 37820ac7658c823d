"""`pressroom move`: takes what a data folder holds over into a PostgreSQL."""

import argparse

from service import logs, settings
from service.access.secret import FILE as SECRET
from service.core.errors import SettingsError
from service.core.sentences import Sentence
from service.messages import say
from service.settings import Settings

COUNTED = ("workspaces", "articles", "pictures", "conversations", "briefs", "shares", "keys")  # tables that people know


def run(arguments: argparse.Namespace) -> int:
    logs.setup("readable", "error")
    if arguments.to is None:
        return _move(settings.load())
    try:
        return _move(settings.load(database_url=arguments.to))
    except SettingsError as error:  # says what to correct, which is not the setting here
        said = say(error.sentence).replace("PRESSROOM_DATABASE_URL: ", "--to: ")
        raise SettingsError("to", said=said) from None


def _move(loaded: Settings) -> int:
    url = loaded.database_url.get_secret_value()
    if not url:
        raise SettingsError("move_where")
    from service.store.moving import move  # noqa: PLC0415 it brings psycopg along

    moved = move(loaded.data_dir, url)
    print("Moved", ", ".join(_counted(name, moved[name]) for name in COUNTED if moved[name]))
    if moved["keys"] and loaded.secret is None:
        file = loaded.data_dir / SECRET
        print(f"These keys are valid only with the folder's secret: set PRESSROOM_SECRET_FILE={file.absolute()}")
    return 0


def _counted(name: str, rows: int) -> str:
    return say(Sentence(f"moved.{name}", {"reason": "one" if rows == 1 else "many", "n": rows}))
