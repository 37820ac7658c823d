"""Which process makes a picture or search fields anew, and why that came to nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "renewals",
        sa.Column("article_id", sa.String(36), sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("stage", sa.String(16), primary_key=True),
        sa.Column("attempt", sa.BigInteger, nullable=False),
        sa.Column("writer", sa.String(36)),
        sa.Column("error_code", sa.String(64)),
        sa.Column("error_params", sa.Text),
    )
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(
        "CREATE FUNCTION renewal_changed() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN PERFORM pg_notify('renewals', OLD.article_id); RETURN NULL; END$$"
    )
    op.execute(
        "CREATE TRIGGER renewal_changed AFTER UPDATE OR DELETE ON renewals"
        " FOR EACH ROW EXECUTE FUNCTION renewal_changed()"
    )
