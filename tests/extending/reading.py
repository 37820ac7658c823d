"""An event stream read as plain JSON: the tests' own viewer knows only the stages that the house has."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tests.server import Server


@dataclass
class Followed:
    events: list[dict[str, Any]] = field(default_factory=list)
    last_id: str | None = None


async def followed(
    server: Server, article_id: str, *, after: str | None = None, until: Callable[[Followed], bool] = lambda told: False
) -> Followed:
    """All that the stream tells, to its end or until it has told what was waited for."""
    told = Followed(last_id=after)
    headers = {} if after is None else {"Last-Event-ID": after}
    async with server.client.stream("GET", f"/articles/{article_id}/events", headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        async for line in answer.aiter_lines():
            if line.startswith("id: "):
                told.last_id = line[4:]
            if line.startswith("data: "):
                told.events.append(msgspec.json.decode(line[6:]))
                if until(told):
                    break
    return told
