"""A stage: after editing, the model is asked which statements of the article are doubtful."""

from typing import ClassVar

from service.core.events import Output, StageData
from service.core.model_errors import ModelError, ModelNonsense
from service.core.sentences import Sentence
from service.stages.desk import Skipped
from service.stages.fenced import line, load
from service.stages.stage import Shared, Stage, once, structured

PROMPT = """Look for statements in the article below that may be wrong. Quote at most five of them, in $language.

<article>
$article
</article>

Answer with one fenced YAML block and nothing else, in this form:

```yaml
doubtful:
  - "a statement"
```
"""


class Checked(Output, tag="checked", frozen=True, kw_only=True):
    """What is stored: the statements that may be wrong."""

    doubtful: list[str]


class Doubts(StageData, tag="doubts", frozen=True, kw_only=True):
    """What events show of it."""

    count: int


class FactCheck(Stage):
    name, label, agent, weight, output, tells = "fact_check", "Fact check", "FactCheckAgent", 10, Checked, Doubts
    prompts: ClassVar = {"fact_check": PROMPT}
    sentences: ClassVar = {"started": "Checking the facts", "completed": "Facts checked, {count} doubtful"}

    @classmethod
    def public(cls, output: Output) -> StageData | None:
        return Doubts(count=len(output.doubtful)) if isinstance(output, Checked) else None

    @classmethod
    def completed(cls, output: Output, section: int | None) -> Sentence:
        assert isinstance(output, Checked)
        return Sentence("fact_check.completed", {"count": len(output.doubtful)})

    async def exec_async(self, prep_res: Shared) -> None:
        await once(prep_res["desk"], self.name, None, lambda: self._check(prep_res))

    async def _check(self, shared: Shared) -> Output:
        messages = shared["prompts"].ask("fact_check", shared["brief"], article=shared["final_article"])
        try:
            return await structured(shared, self.name, messages, _parsed, _parsed)
        except ModelError as error:  # the article does without
            return Skipped(error.sentence)


def _parsed(answer: str) -> Checked:
    named = load(answer).get("doubtful")
    if not isinstance(named, list):
        raise ModelNonsense("no_list", name="doubtful")
    return Checked(doubtful=[line(each, 500) for each in named][:5])
