from service.core.pace import steady
from service.log.channel import Channel
from service.log.contract import Batch
from service.wire.chat_socket import chunks


async def test_a_batch_is_as_few_chunks_as_it_can_be() -> None:
    channel = Channel(epoch=1, run=1, pace=steady(0), keep=100)
    text = channel.text(("answer", None))
    for delta in ("Bees ", "like 🐝", " honey", "."):
        text.append(delta)
    text.replace("")
    for delta in ("Wasps ", "too"):
        text.append(delta)
    assert [(chunk.offset, chunk.content) for chunk in chunks(Batch(channel._entries, False))] == [
        (0, "Bees like 🐝 honey."),
        (0, "Wasps too"),
    ]
