"""A command, run in this process."""

from service import cli


def exit_code(*words: str) -> int | str | None:
    try:
        return cli.main([*words])
    except SystemExit as end:  # argparse's own way out
        return end.code
