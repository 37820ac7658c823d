"""Sentences become codes, briefs name their flow, versions store their sections."""

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE articles RENAME COLUMN work TO rewrite")
    for table in ("articles", "stage_runs"):
        op.add_column(table, sa.Column("error_params", sa.Text))
        _each(table, "error_message", lambda said: json.dumps(_as_told(said)), into="error_params")
        op.execute(f"ALTER TABLE {table} DROP COLUMN error_message")
    for table in ("articles", "versions"):
        op.add_column(table, sa.Column("sections", sa.Text))
    op.create_index("idempotency_keys_age", "idempotency_keys", ["created_at"])
    _each("articles", "brief", _with_flow)
    _each("stage_runs", "output", _with_codes)


def _each(table: str, column: str, change: Callable[[str], str], into: str | None = None) -> None:
    """Change a column row by row: outputs are large, and there may be many."""
    connection = op.get_bind()
    rows = sa.table(table, sa.column("rowid"), sa.column(column), sa.column(into or column))
    old, new = rows.c[column], rows.c[into or column]
    last = 0
    while row := connection.execute(
        sa.select(rows.c.rowid, old).where(rows.c.rowid > last, old.is_not(None)).order_by(rows.c.rowid).limit(1)
    ).first():
        last, said = row
        changed = change(said)
        if into or changed != said:
            connection.execute(sa.update(rows).where(rows.c.rowid == last).values({new.name: changed}))


def _with_flow(brief: str) -> str:
    decoded = json.loads(brief)
    return json.dumps({**decoded, "flow": "full"}, ensure_ascii=False) if decoded.get("min_words") else brief


def _with_codes(output: str) -> str:
    decoded: dict[str, Any] = json.loads(output)
    match decoded.get("kind"):
        case "skipped":
            changed = {"kind": "skipped", "why": _sentence(decoded["reason"])}
        case "research":
            missed = decoded.pop("missed", [])
            failure = decoded.pop("search_failure", None)
            unread = [{"url": miss["url"], "why": _sentence(miss["reason"])} for miss in missed]
            changed = decoded | {"unread": unread, "search_failure": None if failure is None else _sentence(failure)}
        case _:
            return output
    return json.dumps(changed, ensure_ascii=False)


def _sentence(said: str) -> dict[str, Any]:
    return {"code": "as_told", "params": {"text": said}}


def _as_told(said: str) -> dict[str, str]:
    return {"reason": "as_told", "text": said}
