"""Rewriting one section of an article that is there."""

from service.core import citations
from service.core.brief import Rewrite
from service.core.sections import replaced, sections
from service.stages.desk import Written
from service.stages.nodes import source_ids
from service.stages.stage import Done, Shared, Step, once, streamed
from service.stages.style import unfenced

READ = 40_000  # characters of the article that the writer is shown


class RewriteSection(Step):
    """Leaves the whole article, with the new section, on the style stage's paper."""

    def __init__(self, wanted: Rewrite, content: str) -> None:
        super().__init__()
        self._wanted = wanted
        self._content = content

    async def exec_async(self, prep_res: Shared) -> str:
        number = self._wanted.section
        written = await once(prep_res["desk"], "content", number, lambda: self._rewrite(prep_res))
        assert isinstance(written, Written)
        section = sections(self._content)[number - 1]
        heading = section.text.partition("\n")[0]
        return replaced(self._content, section, f"{heading}\n\n{written.text}")

    async def _rewrite(self, shared: Shared) -> Done:
        desk, section = shared["desk"], sections(self._content)[self._wanted.section - 1]
        messages = shared["prompts"].ask(
            "rewrite",
            shared["brief"],
            article=self._content[:READ],
            title=section.title,
            text=section.body,
            instruction=self._wanted.instruction,
        )
        answer = await streamed(desk, "content", self._wanted.section, messages)
        text, dropped = citations.known_only(unfenced(answer.text), source_ids(shared))
        desk.paper("content", self._wanted.section).replace(text)
        return Written(text, dropped), answer.usage, answer.attempts

    async def post_async(self, shared: Shared, prep_res: Shared, exec_res: str) -> None:
        shared["final_article"] = exec_res
        shared["desk"].paper("style", None).replace(exec_res)
