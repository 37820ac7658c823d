"""Write, gather, read, fall behind, cut anywhere, resume, withdraw, repair, restart, in any order: what every viewer
has in the end is what the channel holds."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from service.core.pace import steady
from service.core.texts import TextKey
from service.log.channel import Channel
from service.wire.events import TEXTS, wire_event
from tests.examples import examples
from tests.log.test_channel import done, settle, stage
from tests.log.viewing import view
from tests.sse import Viewer

VIEWERS = 3
KEYS = [("draft", 1), ("draft", 2), ("article", None)]

text = st.text(alphabet=st.sampled_from("abc é漢🐝\n\u2028"), max_size=6)
which_key = st.sampled_from(KEYS)
which_viewer = st.integers(0, VIEWERS - 1)
write = st.tuples(st.just("append"), which_key, text.filter(bool))
read = st.tuples(st.just("read"), which_viewer, st.none())
steps = st.lists(
    st.one_of(
        write,
        write,
        write,
        read,
        read,
        read,
        st.tuples(st.just("replace"), which_key, text),
        st.tuples(st.just("repair"), which_key, text),
        st.tuples(st.just("stage"), st.sampled_from(["started", "retrying", "completed"]), st.none()),
        st.tuples(st.just("frame"), st.none(), st.none()),
        st.tuples(st.just("cut"), which_viewer, st.floats(0, 1)),
        st.tuples(st.just("restart"), st.none(), st.none()),
    ),
    min_size=20,  # left alone, hypothesis makes most lists too short for anything to happen
    max_size=80,
)


@dataclass
class Connection:
    """One viewer over all its connections; reads only when told to, so it can fall behind as far as it likes."""

    viewer: Viewer = field(default_factory=Viewer)
    view: AsyncGenerator[bytes] | None = None
    reading: asyncio.Task[bytes] | None = None

    async def read(self, channel: Channel, keep: float = 1.0) -> bool:
        """Feed what comes next, or only the first part of it; false when nothing comes."""
        if self.view is None:
            self.view = view(channel, self.viewer.last_id)
        if self.reading is None:
            self.reading = asyncio.ensure_future(anext(self.view))
        await settle()
        if not self.reading.done() or self.reading.exception() is not None:
            return False
        piece = self.reading.result()
        self.reading = None
        self.viewer.feed(piece[: int(len(piece) * keep)] if keep < 1 else piece)
        return True

    async def cut(self, channel: Channel, keep: float) -> None:
        await self.read(channel, keep)
        if self.reading is not None:
            self.reading.cancel()
            await asyncio.gather(self.reading, return_exceptions=True)
        assert self.view is not None
        await self.view.aclose()
        self.view = self.reading = None
        self.viewer.cut()


async def play(script: list[tuple[str, Any, Any]], frame: float, keep: int) -> None:
    channel = Channel(epoch=1, run=1, pace=steady(frame), keep=keep)
    held: dict[TextKey, str] = {}
    epoch = 1
    connections = [Connection() for _ in range(VIEWERS)]
    for step in script:
        match step:
            case ("append", key, str(more)):
                channel.text(key).append(more)
                held[key] = held.get(key, "") + more
            case ("replace", key, str(value)):
                channel.text(key).replace(value)
                held[key] = value
            case ("repair", key, str(value)):
                repaired = held.get(key, "")[:-3] + value
                channel.text(key).replace(repaired)
                held[key] = repaired
            case ("stage", str(status), _):
                channel.put(stage(status))
            case ("frame", _, _):
                channel.flush()
            case ("read", int(n), _):
                await connections[n].read(channel)
            case ("cut", int(n), float(part)):
                await connections[n].cut(channel, part)
            case ("restart", _, _):
                epoch += 1
                channel.begin(epoch, 1)
                for key, value in held.items():
                    channel.text(key).replace(value)
    last = channel.seal(1)
    channel.end(done())
    for connection in connections:
        while await connection.read(channel):
            pass
        assert {key: value for key, value in connection.viewer.texts.items() if value} == {
            (TEXTS[kind], section): value for (kind, section), value in held.items() if value
        }
        assert connection.viewer.end == wire_event(done())
        assert connection.viewer.last_id == last
        assert sum(event == wire_event(done()) for event in connection.viewer.events) == 1
    assert all(channel.text(key).value == value for key, value in held.items())
    assert channel.viewers == 0


@settings(max_examples=examples(120), deadline=None)
@given(script=steps, frame=st.sampled_from([0.0, 3600.0]), keep=st.sampled_from([1, 2, 5]))
def test_what_a_viewer_has_is_what_the_channel_holds(
    script: list[tuple[str, Any, Any]], frame: float, keep: int
) -> None:
    asyncio.run(play(script, frame, keep))
