from service.api.chat import _chunks
from service.log.channel import Channel


async def test_a_piece_is_as_few_chunks_as_it_can_be() -> None:
    channel = Channel(epoch=1, run=1, frame_seconds=0, keep=100)
    text = channel.text(("style", None))
    begin = channel._head
    for delta in ("Bees ", "like 🐝", " honey", "."):
        text.append(delta)
    text.replace("")
    for delta in ("Wasps ", "too"):
        text.append(delta)
    channel.close()
    pieces = b"".join([piece async for piece in channel.view(begin)])
    assert [(chunk.offset, chunk.content) for chunk in _chunks(pieces)] == [
        (0, "Bees like 🐝 honey."),
        (0, "Wasps too"),
    ]
