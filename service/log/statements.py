"""What the log of several processes says to PostgreSQL."""

LISTEN = "LISTEN conversations", "LISTEN renewals", "LISTEN events"
# Without an article's name, a notification is about all.
WRITE = """
WITH written AS (INSERT INTO events SELECT * FROM unnest(%b::text[], %b::int8[], %b::int8[], %b::bytea[])
    ON CONFLICT DO NOTHING)
SELECT pg_notify('events', %b::text)
"""
# An epoch is only begun from the beginning if it is the article's: rows of others are those of killed processes.
NEWS = """
SELECT seen.id, news.* FROM unnest(%b::text[], %b::int8[], %b::int8[]) AS seen (id, epoch, part)
CROSS JOIN LATERAL (
    SELECT epoch, part, body FROM events WHERE article_id = seen.id AND (epoch, part) > (seen.epoch, seen.part)
    AND (epoch = seen.epoch OR epoch >= coalesce((SELECT epoch FROM articles WHERE id = seen.id), 0))
    ORDER BY epoch, part
) news
"""
# What belongs to no article is an answer in a conversation, whose key is made of both.
OVER = """
SELECT seen.id FROM unnest(%b::text[]) AS seen (id) LEFT JOIN articles ON articles.id = seen.id
LEFT JOIN conversations ON conversations.id = split_part(seen.id, '.', 1)
    AND conversations.epoch::text = split_part(seen.id, '.', 2)
WHERE (articles.status = ANY(%b::text[]) OR conversations.writer IS NOT NULL) IS NOT TRUE
"""
REMOVE = """
DELETE FROM events USING unnest(%b::text[], %b::int8[]) AS over (id, epoch)
WHERE article_id = over.id AND events.epoch <= over.epoch
"""
REMOVE_LEFT = """
DELETE FROM events WHERE NOT EXISTS (
    SELECT FROM articles WHERE id = article_id AND articles.epoch = events.epoch AND status = ANY(%b::text[])
) AND NOT EXISTS (
    SELECT FROM conversations WHERE id = split_part(events.article_id, '.', 1) AND writer IS NOT NULL
    AND conversations.epoch::text = split_part(events.article_id, '.', 2)
)
"""
