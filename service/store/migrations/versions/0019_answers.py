"""Which process answers in a conversation; several servers of a database tell each other what has changed in one."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("conversations", sa.Column("epoch", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("conversations", sa.Column("writer", sa.String(36)))
    op.add_column("conversations", sa.Column("stopping", sa.Boolean))
    op.add_column("conversations", sa.Column("failure", sa.Text))
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(
        "CREATE FUNCTION conversation_changed() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN PERFORM pg_notify('conversations', coalesce(NEW.id, OLD.id)); RETURN NULL; END$$"
    )
    op.execute(
        "CREATE TRIGGER conversation_changed AFTER INSERT OR UPDATE OR DELETE ON conversations"
        " FOR EACH ROW EXECUTE FUNCTION conversation_changed()"
    )
