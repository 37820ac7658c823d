"""What a model can, in sentences: what its server told, and what was learnt from its answers and refusals."""

from service.core.sentences import Sentence
from service.models.client import OpenAIModel


def about(model: OpenAIModel) -> list[Sentence]:
    found, can = model.found, model.capabilities
    said: list[Sentence] = []
    if found.server:
        said.append(Sentence("model.server", {"server": found.server}))
    if (
        found.server != "llama.cpp"
        and found.models
        and model.name not in {name.removesuffix(":latest") for name in found.models} | set(found.models)
    ):
        said.append(Sentence("model.unlisted", {"name": model.name, "models": ", ".join(found.models[:10])}))
    if model.window.size:
        said.append(Sentence("model.window", {"tokens": model.window.size}))
    else:
        said.append(Sentence("model.window_unknown"))
    if found.slots:
        calls = model.calls_at_once
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
