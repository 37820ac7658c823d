"""Rewrites one section of an existing article."""

from service.core import citations, words
from service.core.errors import NotFound
from service.core.sections import Section, replaced, sections
from service.core.texts import ARTICLE, draft
from service.models.model import Fitting, Message, Want
from service.stages import languages
from service.stages.clean import CleanPaper, clean
from service.stages.desk import Written
from service.stages.place import Place
from service.stages.sections import Sections
from service.stages.sources import ids
from service.stages.stage import Shared, Stage, once, streamed

READ = 40_000  # characters of the article shown to the writer
LONGER = 4  # times the section's length is the most that is read,
SHORT = 100  # or this number of words


class RewriteSection(Stage):
    """Runs as the writing of one section, and leaves the whole article with the new section as the article text."""

    name, label, agent, weight = Sections.name, Sections.label, Sections.agent, Sections.weight
    output, tells, text, sentences = Sections.output, Sections.tells, Sections.text, Sections.sentences

    async def exec_async(self, prep_res: Shared) -> str:
        section = _section(prep_res)
        written = await once(prep_res["desk"], self.name, section.id, lambda: self._rewrite(prep_res, section))
        assert isinstance(written, Written)
        heading = section.text.partition("\n")[0]
        return replaced(prep_res["content"], section, f"{heading}\n\n{written.text}")

    async def _rewrite(self, shared: Shared, section: Section) -> Written:
        desk, article = shared["desk"], shared["content"][:READ]

        def within(room: int) -> list[Message]:
            return shared["prompts"].ask(
                "rewrite",
                shared["brief"],
                article=article[:room],
                title=section.title,
                text=section.body,
                instruction=shared["rewrite"].instruction,
            )

        longest = LONGER * max(words.count(section.body), SHORT)
        want = Want(tokens=languages.tokens(longest, shared["brief"]))
        others = [each.title for each in sections(shared["content"], shared["marks"]) if each.id != section.id]
        place = Place(
            section.title, others, instructions=shared["prompts"].instructions("rewrite", shared["brief"]), picked=True
        )
        paper = CleanPaper(desk.paper(draft(section.id)), place)
        answer = await streamed(desk, self.name, section.id, paper, Fitting(within, len(article)), want)
        text, dropped = citations.known_only(clean(answer.text, place), ids(shared.get("research")))
        desk.paper(draft(section.id)).replace(text)
        return Written(text, dropped)

    async def post_async(self, shared: Shared, prep_res: Shared, exec_res: str) -> None:
        shared["final_article"] = exec_res
        shared["desk"].paper(ARTICLE).replace(exec_res)


def _section(shared: Shared) -> Section:
    for section in sections(shared["content"], shared["marks"]):
        if section.id == shared["rewrite"].section:
            return section
    raise NotFound("section")
