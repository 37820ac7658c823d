"""The tables. The migrations create them; a test checks that both agree."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy import Column as C


class UTCDateTime(TypeDecorator[datetime]):
    """SQLite drops time zones: this takes and returns aware UTC."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData()

workspaces = Table(
    "workspaces",
    metadata,
    C("id", String(36), primary_key=True),
    C("created_at", UTCDateTime, nullable=False),
    C("tokens_per_month", BigInteger),  # the most that its calls of models may use; null: no limit
    C("cost_per_month", Float),
    C("served_at", UTCDateTime),  # when the last of its articles was begun
)

# Their texts are not stored: `digest` is a keyed hash.
keys = Table(
    "keys",
    metadata,
    C("id", String(36), primary_key=True),
    C("workspace", ForeignKey("workspaces.id"), nullable=False),
    C("name", Text, nullable=False),
    C("role", String(16), nullable=False),
    C("digest", String(64), nullable=False, unique=True),
    C("last_four", String(4), nullable=False),
    C("created_at", UTCDateTime, nullable=False),
    C("expires_at", UTCDateTime),
    C("revoked_at", UTCDateTime),
    C("used_at", UTCDateTime),
    C("rate", String(16)),  # such as 30/minute; null: the server's
    C("tokens_per_month", BigInteger),
    C("cost_per_month", Float),
    C("articles_at_once", BigInteger),
)

# Of a key, or of a person without one.
sessions = Table(
    "sessions",
    metadata,
    C("digest", String(64), primary_key=True),
    C("key_id", ForeignKey("keys.id", ondelete="CASCADE")),
    C("workspace", ForeignKey("workspaces.id"), nullable=False),
    C("subject", Text),
    C("role", String(16)),
    C("name", Text),
    C("created_at", UTCDateTime, nullable=False),
    C("used_at", UTCDateTime, nullable=False),
    C("expires_at", UTCDateTime, nullable=False),
    Index("sessions_of_key", "key_id"),
)

# Without references: what is said of an article or a key stays when it is gone.
audit = Table(
    "audit",
    metadata,
    C("id", String(36), primary_key=True),
    C("workspace", String(36), nullable=False),
    C("at", UTCDateTime, nullable=False),
    C("actor", Text, nullable=False),
    C("key", String(36)),
    C("action", String(32), nullable=False),
    C("target", String(255)),
    C("address", String(64), nullable=False),
    C("details", Text, nullable=False),  # JSON
    C("count", BigInteger, nullable=False),
    C("repeats", Text, unique=True),
    C("subject", String(255)),
    Index("audit_of_workspace", "workspace", "id"),
    Index("audit_age", "at"),
)

articles = Table(
    "articles",
    metadata,
    C("id", String(36), primary_key=True),
    C("topic", Text, nullable=False),
    C("title", Text, nullable=False),
    C("version", BigInteger, nullable=False),
    C("brief", Text, nullable=False),
    C("rewrite", Text),  # JSON: what a rewrite does; null for a run that writes the article
    C("status", String(16), nullable=False),
    C("epoch", BigInteger, nullable=False),
    C("run", BigInteger, nullable=False),
    C("terminal_id", BigInteger),
    C("content", Text, nullable=False),
    C("sections", Text),  # JSON: the marks of the content's sections; null for texts of 0.1.0
    C("words", BigInteger, nullable=False),
    C("error_code", String(64)),
    C("error_params", Text),  # JSON
    C("error_retryable", BigInteger),
    C("error_stage", String(16)),
    C("created_at", UTCDateTime, nullable=False),
    C("queued_at", UTCDateTime, nullable=False),
    C("started_at", UTCDateTime),
    C("finished_at", UTCDateTime),
    C("language", String(35)),
    C("workspace", String(36), nullable=False, server_default="default"),
    C("key", String(255)),  # whose budget its run counts for
    C("writer", String(36)),  # the process that writes it, or did last
    Index("articles_queue", "status", "queued_at", "id"),
    Index("articles_filtered", "workspace", "id", "status", "language", "created_at"),
)

# The processes that share a database, where several may.
writers = Table(
    "writers",
    metadata,
    C("id", String(36), primary_key=True),
    C("beats", BigInteger, nullable=False),  # rises as long as the process lives
)

# The rows of search_text, a virtual table (see search.py).
search_rows = Table(
    "search_rows",
    metadata,
    C("number", BigInteger, primary_key=True),
    C("article_id", ForeignKey("articles.id", ondelete="CASCADE"), nullable=False, unique=True),
)

tags = Table(
    "tags",
    metadata,
    C("article_id", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    C("folded", Text, primary_key=True),  # as it is compared
    C("tag", Text, nullable=False),
    Index("tags_folded", "folded"),
)

briefs = Table(
    "briefs",
    metadata,
    C("id", String(36), primary_key=True),
    C("workspace", String(36), nullable=False),
    C("folded", Text, nullable=False),  # the name as it is compared
    C("name", Text, nullable=False),
    C("brief", Text, nullable=False),
    C("created_at", UTCDateTime, nullable=False),
    UniqueConstraint("workspace", "folded"),
)

versions = Table(
    "versions",
    metadata,
    C("article_id", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    C("version", BigInteger, primary_key=True),
    C("title", Text, nullable=False),
    C("content", Text, nullable=False),
    C("sections", Text),
    C("words", BigInteger, nullable=False),
    C("reason", String(16), nullable=False),
    C("created_at", UTCDateTime, nullable=False),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    C("workspace", String(36), primary_key=True, server_default="default"),
    C("key", String(255), primary_key=True),
    C("request", String(64), nullable=False),  # a hash of the request
    C("article_id", String(36), nullable=False),
    C("created_at", UTCDateTime, nullable=False),
    Index("idempotency_keys_age", "created_at"),
)

stage_runs = Table(
    "stage_runs",
    metadata,
    C("article_id", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    C("run", BigInteger, primary_key=True),
    C("stage", String(16), primary_key=True),
    C("section", BigInteger, primary_key=True),  # 0 for a stage without sections, because a key can't be null
    C("status", String(16), nullable=False),
    C("output", Text),
    C("attempt", BigInteger, nullable=False),
    C("prompt_tokens", BigInteger, nullable=False),
    C("completion_tokens", BigInteger, nullable=False),
    C("started_at", UTCDateTime, nullable=False),
    C("ended_at", UTCDateTime),
    C("error_code", String(64)),
    C("error_params", Text),
    C("cost", Float),  # as the provider told it
)

# What all calls of models have used; the key is empty where nobody signs in.
usage = Table(
    "usage",
    metadata,
    C("workspace", String(36), primary_key=True),
    C("day", Date, primary_key=True),
    C("key", String(255), primary_key=True),
    C("model", String(255), primary_key=True),
    C("stage", String(16), primary_key=True),
    C("prompt_tokens", BigInteger, nullable=False),
    C("completion_tokens", BigInteger, nullable=False),
    C("cost", Float),
)

article_usage = Table(
    "article_usage",
    metadata,
    C("article_id", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    C("stage", String(16), primary_key=True),
    C("prompt_tokens", BigInteger, nullable=False),
    C("completion_tokens", BigInteger, nullable=False),
    C("cost", Float),
)

# What the model has answered in a run that stopped because a budget was spent, by a digest of what was asked.
kept_answers = Table(
    "kept_answers",
    metadata,
    C("article_id", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    C("digest", String(64), primary_key=True),
    C("text", Text, nullable=False),
    C("cut", Boolean, nullable=False),
)

# The most that the calls in progress can use.
reservations = Table(
    "reservations",
    metadata,
    C("id", String(36), primary_key=True),
    C("workspace", String(36), nullable=False),
    C("key", String(255), nullable=False),
    C("article", String(36)),
    C("tokens", BigInteger, nullable=False),
    C("cost", Float, nullable=False),
    C("created_at", UTCDateTime, nullable=False),
    C("process", String(36)),  # which makes the call
)

pictures = Table(
    "pictures",
    metadata,
    C("article_id", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    C("number", BigInteger, primary_key=True, autoincrement=False),
    C("media_type", String(32), nullable=False),
    C("data", LargeBinary, nullable=False),
    C("created_at", UTCDateTime, nullable=False),
)

# Outputs of stages that are made anew, or were to be.
renewals = Table(
    "renewals",
    metadata,
    C("article_id", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    C("stage", String(16), primary_key=True),
    C("attempt", BigInteger, nullable=False),
    C("writer", String(36)),  # the process that makes it; null when that has ended
    C("error_code", String(64)),  # why the last attempt came to nothing
    C("error_params", Text),  # JSON
)

shares = Table(
    "shares",
    metadata,
    C("id", String(36), primary_key=True),
    C("article_id", ForeignKey("articles.id", ondelete="CASCADE"), nullable=False),
    C("token_hash", String(64), nullable=False, unique=True),
    C("created_at", UTCDateTime, nullable=False),
    C("expires_at", UTCDateTime, nullable=False),
    C("revoked_at", UTCDateTime),
    Index("shares_of_article", "article_id", "id"),
)

conversations = Table(
    "conversations",
    metadata,
    C("id", String(36), primary_key=True),
    C("title", Text, nullable=False),
    C("article_id", ForeignKey("articles.id", ondelete="SET NULL")),
    C("created_at", UTCDateTime, nullable=False),
    C("updated_at", UTCDateTime, nullable=False),
    C("workspace", String(36), nullable=False, server_default="default"),
    C("epoch", BigInteger, nullable=False, server_default="0"),  # rises when an answer begins
    C("writer", String(36)),  # the process that writes it; null when it has ended
    C("stopping", Boolean),  # whether it is to be stopped
    C("failure", Text),  # JSON: why there is none
    Index("conversations_of_article", "article_id", "id"),
    Index("conversations_of_workspace", "workspace", "id"),
)

messages = Table(
    "messages",
    metadata,
    C("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    C("number", BigInteger, primary_key=True),
    C("role", String(16), nullable=False),
    C("content", Text, nullable=False),
    C("created_at", UTCDateTime, nullable=False),
    C("stopped", Boolean, nullable=False),
    C("proposal_id", String(36)),
    C("proposal", Text),
    C("applied_version", BigInteger),
)
