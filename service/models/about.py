"""What a model can, in sentences: what its server told, and what was learnt from its answers and refusals."""

from service.core.sentences import Sentence
from service.models.capabilities import Capabilities
from service.models.found import Found


def about(name: str, found: Found, can: Capabilities, window: int | None, calls: int) -> list[Sentence]:
    said: list[Sentence] = []
    if found.server:
        said.append(Sentence("model.server", {"server": found.server}))
    if (
        found.server != "llama.cpp"
        and found.models
        and name not in {each.removesuffix(":latest") for each in found.models} | set(found.models)
    ):
        said.append(Sentence("model.unlisted", {"name": name, "models": ", ".join(found.models[:10])}))
    if window is not None:
        said.append(Sentence("model.window", {"tokens": window}))
    else:
        said.append(Sentence("model.window_unknown"))
    if found.slots:
        said.append(Sentence("model.slots", {"reason": "one" if calls == 1 else "many", "calls": calls}))
    if found.small:
        said.append(Sentence("model.small"))
    said.append(Sentence("model.form", {"reason": can.form or "none"}))
    said.append(Sentence("model.length", {"reason": can.length or "none"}))
    if not can.usage:
        said.append(Sentence("model.uncounted"))
    if can.reasons:
        said.append(Sentence("model.reasons"))
    return said
