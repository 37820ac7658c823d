"""The OpenAPI document's examples: one article, in all routes and in the stream.

They are instances, so they are validated, and one file serves both pydantic's models and the events.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from pydantic import BaseModel

from service.api import chat_examples
from service.api.accounts import AccountOut
from service.api.audit import AuditOut, EntryOut
from service.api.changes import ChangesOut, TextRequest
from service.api.chat_schemas import ChangeOut
from service.api.export_many import ExportRequest
from service.api.extras import AltRequest, ExtraOut, RenewalOut, RenewRequest, SearchRequest, WhyOut
from service.api.info import FormatOut, HealthOut, LanguageOut, ModelOut, OptionsOut, ReadyOut, StageOut
from service.api.keys import KeyOut, KeyRequest, LimitsRequest, NewKeyOut
from service.api.library_schemas import (
    ArticlePage,
    AskedOut,
    BriefOut,
    CardOut,
    ChangeTagsRequest,
    DeletedOut,
    DeleteRequest,
    ExcerptOut,
    FiltersOut,
    GivenOut,
    LanguageCount,
    PartOut,
    RenameRequest,
    SavedBriefOut,
    SaveRequest,
    StartRequest,
    StatusCount,
    TaggedOut,
    TagOut,
    TagsBody,
)
from service.api.oidc import Begin, BegunOut
from service.api.passages import ReplaceRequest, ReviseRequest
from service.api.preview import PreviewOut, PreviewRequest
from service.api.problems import FieldProblem, Problem
from service.api.reading import ReadingOut
from service.api.result_schemas import (
    BlockOut,
    CitedOut,
    FoundOut,
    HeadingOut,
    OutlineOut,
    ResearchOut,
    ResultOut,
    SectionOut,
    SentenceOut,
    SeoOut,
    SourceOut,
    StageRunOut,
    StageTimeOut,
    StepOut,
    UsageOut,
)
from service.api.schemas import (
    ArticleOut,
    BriefRequest,
    ChangedOut,
    EditRequest,
    HeadingIn,
    Job,
    OutlineRequest,
    QuickRequest,
    RestoreRequest,
    RewriteRequest,
    SourceIn,
    StatusOut,
    Strict,
    TaskOut,
    VersionOut,
    VersionSummary,
)
from service.api.session import SessionOut, SignIn
from service.api.shares import ShareOut, ShareRequest, ShareSummary
from service.api.usage import MonthOut, UsageReportOut, UsageRow
from service.core import words
from service.core.difference import Change
from service.core.events import Place, Usage
from service.core.outline import Heading, Outline
from service.core.texts import units
from service.stages.sources import SourceRef
from service.wire.events import Done, Error, Event, Stage, Token
from service.wire.reading import (
    ReadingDone,
    ReadingEvent,
    ReadingOutline,
    ReadingPicture,
    ReadingProgress,
    ReadingSources,
    ReadingToken,
)
from service.wire.revision import RevisionDone, RevisionError, RevisionEvent, RevisionToken

ID = "01a1fe48-86ea-7526-a345-5dbbc81927d6"
EVENTS, RESULT = f"/articles/{ID}/events", f"/articles/{ID}/result"
TITLE = "Why rivers meander"
BEGINS = (
    "No river runs straight for long. A fallen tree or a soft patch of bank turns the water a little to one side; "
    "there it runs faster and carries soil away."
)
GROWS = (
    "On the outside of the bend the fast water digs into the bank [1]. On the inside it slows down and lets its "
    "sand fall. So the outside moves outwards, the inside follows, and the bend grows."
)
ENDS = (
    "At last two bends come so near to each other that a flood breaks through between them. The river takes the short "
    "cut and leaves an oxbow lake behind."
)
CONTENT = f"# {TITLE}\n\n## A bend begins\n\n{BEGINS}\n\n## A bend grows\n\n{GROWS}\n\n## A bend ends\n\n{ENDS}"
EDITED = f"{CONTENT} Then it all begins again."
BEGUN = f"<h2>A bend begins</h2>\n<p>{BEGINS}</p>\n"
BLOCKS = [
    BlockOut(start=start, end=start + units(text))
    for text in ("## A bend begins", BEGINS)
    for start in [CONTENT.index(text)]
]
HEADINGS = [
    Heading(title="A bend begins", covers="what turns the water aside", leaves="how a bend moves"),
    Heading(title="A bend grows", covers="the two banks of a bend", leaves="what becomes of it"),
    Heading(title="A bend ends", covers="short cuts and oxbow lakes", leaves="how it began"),
]
SOURCE = FoundOut(
    id=1, title="Meander", url="https://en.wikipedia.org/wiki/Meander",
    text="Along the outside of a bend the water runs faster than along its inside.",
)  # fmt: skip
RESEARCH = ResearchOut(
    synthesis="Bends grow by themselves once they have begun [1].", sources=[SOURCE], missed=[], search_failure=None
)
SEO = SeoOut(
    title=TITLE, meta_description="How a river's bends begin, grow and end.", keywords=["rivers", "meanders"],
    slug="why-rivers-meander",
)  # fmt: skip
OUTLINE = OutlineOut(title=TITLE, sections=[HeadingOut(**msgspec.to_builtins(heading)) for heading in HEADINGS])
CREATED = datetime(2026, 11, 21, 13, 25, 28, 426376, UTC)
STARTED = CREATED + timedelta(milliseconds=4)
RESEARCHED = STARTED + timedelta(milliseconds=1_480)
PLANNED = RESEARCHED + timedelta(milliseconds=830)
FINISHED = STARTED + timedelta(milliseconds=9_842)
TIMES: tuple[tuple[str, int | None, int], ...] = (
    ("research", None, 1_480), ("outline", None, 830), ("content", 1, 2_690), ("content", 2, 2_870),
    ("content", 3, 2_540), ("style", None, 3_310), ("seo", None, 1_120), ("image", None, 1_350),
)  # fmt: skip

ASKED = ArticleOut(
    id=ID, topic=TITLE, title=TITLE, version=0, status="pending", run=1, words=0, lang="en", error=None,
    created_at=CREATED, started_at=None, completed_at=None, events_url=EVENTS, result_url=RESULT,
)  # fmt: skip
WRITTEN = ASKED.model_copy(
    update={
        "version": 1, "status": "completed", "words": words.count(CONTENT), "started_at": STARTED,
        "completed_at": FINISHED,
    }
)  # fmt: skip
FIRST_VERSION = VersionOut(
    version=1, title=TITLE, words=WRITTEN.words, reason="written", created_at=FINISHED, content=CONTENT
)
_TOKEN = "jo3oMRXJ5Xh0m8hHq3z1gqJkX5cJ5cBq0m7Zy2m1x0A"
SHARE = ShareOut(
    id="01a1fe52-0b6e-7c10-8a57-6f1f0a9f3c55", created_at=FINISHED, expires_at=FINISHED + timedelta(days=7),
    url=f"/read/{_TOKEN}", token=_TOKEN,
)  # fmt: skip
CARD = CardOut(
    **WRITTEN.model_dump(), language="en", standfirst=SEO.meta_description, image_url=f"/articles/{ID}/image",
    tags=["Rivers"],
    found=ExcerptOut(
        field="text",
        parts=[
            PartOut(text="No river runs straight for long. A fallen tree or a soft patch of ", found=False),
            PartOut(text="bank", found=True),
            PartOut(text=" turns the water a little to one side…", found=False),
        ],
    ),
)  # fmt: skip
BRIEF = BriefRequest(
    topic=TITLE, tone="friendly", target_audience="curious readers", min_words=100, language="en", research=True,
    sources=[SourceIn(url=SOURCE.url or "")], seo_optimize=True, include_image=True, review_outline=False,
)  # fmt: skip
SAVED = BriefOut.model_validate(
    BRIEF.model_dump() | {"sources": [GivenOut(url=SOURCE.url, text=None, title=None).model_dump()]}
)

KEY: dict[str, Any] = {
    "id": ID, "name": "Ada", "role": "writer", "last_four": "kX2a", "created_at": STARTED, "expires_at": None,
    "revoked_at": None, "used_at": STARTED, "rate": "30/minute", "tokens_per_month": 2_000_000, "cost_per_month": None,
    "articles_at_once": None,
}  # fmt: skip
USED = UsageRow(name="content", label="Sections", prompt_tokens=61_300, completion_tokens=48_900, cost=0.04)
MONTH = MonthOut(tokens=210_400, tokens_limit=2_000_000, cost=0.21, cost_limit=None)

ENTRY = EntryOut(
    id=ID, at=STARTED, actor="Ada", key=ID, subject=None, action="article_edited", target=ID, address="203.0.113.7",
    details={"version": 2, "reason": "edited"}, count=1,
)  # fmt: skip

BODIES: tuple[BaseModel, ...] = (
    QuickRequest(topic=TITLE),
    Job(job_id=ID, topic=TITLE, status="started", events_url=EVENTS),
    BRIEF,
    ASKED,
    WRITTEN,
    ArticlePage(articles=[CARD], total=62, next_cursor=f"title:{ID}"),
    TagsBody(tags=["Rivers", "Floods"]),
    TagOut(tag="Rivers", articles=3),
    FiltersOut(
        statuses=[StatusCount(status="completed", articles=62)],
        languages=[LanguageCount(language="de", articles=4)],
        tags=[TagOut(tag="Rivers", articles=3)],
    ),
    ChangeTagsRequest(ids=[ID], add=["Rivers"]),
    TaggedOut(id=ID, tags=["Rivers"], code=None, message=None),
    AskedOut(flow="full", brief=SAVED),
    RenameRequest(name="Rivers for everybody"),
    DeleteRequest(ids=[ID]),
    DeletedOut(id=ID, deleted=False, code="not_found", message="there is no such article"),
    ExportRequest(ids=[ID], format="pdf"),
    SaveRequest(name="Rivers for children", brief=BRIEF),
    SavedBriefOut(id=ID, name="Rivers for children", brief=SAVED, created_at=CREATED),
    StartRequest(topic="Why rivers flood"),
    TaskOut(id=ID, topic=TITLE, started_at=STARTED, progress=25, stages=["content"]),
    StatusOut(id=ID, status="processing", progress=25, place=None, error=None),
    ResultOut(
        id=ID, topic=TITLE, title=TITLE, version=1, lang="en", status="completed", draft=False, content=CONTENT,
        sections=[SectionOut(id=1, title="A bend begins", html=BEGUN, blocks=BLOCKS)],
        outline=OUTLINE,
        seo_meta=SEO, seo_fits=True, seo_version=1,
        image_url=f"/articles/{ID}/image", image_alt=f"Illustration: {TITLE}", image_version=1, renewing=[],
        research_data=RESEARCH,
        cited_sources=[CitedOut(id=1, title=SOURCE.title, url=SOURCE.url, passages=[SOURCE.text])],
        dropped_citations=0, repetition_rate=0.0, words=WRITTEN.words, minutes=words.minutes(CONTENT),
        usage=UsageOut(prompt_tokens=970, completion_tokens=786), cost=0.0006,
        stages=[
            StageTimeOut(stage=stage, section=section, status="completed", elapsed_ms=elapsed, reason=None, why=None)
            for stage, section, elapsed in TIMES
        ],
        undo=None, redo=StepOut(version=2, reason="edited"), created_at=CREATED, completed_at=FINISHED,
    ),
    StepOut(version=2, reason="edited"),
    StageRunOut(
        run=1, stage="outline", section=None, status="completed", attempt=1, prompt_tokens=144, completion_tokens=90,
        started_at=RESEARCHED, ended_at=PLANNED, elapsed_ms=830, output=OUTLINE, error_code=None, error_message=None,
        error_params=None,
    ),
    StageRunOut(
        run=1, stage="content", section=2, status="started", attempt=1, prompt_tokens=0, completion_tokens=0,
        started_at=PLANNED, ended_at=None, elapsed_ms=None, output=None, error_code=None, error_message=None,
        error_params=None,
    ),
    EditRequest(version=1, content=EDITED),
    ChangedOut.model_validate({**WRITTEN.model_dump(), "version": 2, "words": words.count(EDITED), "content": EDITED}),
    RestoreRequest(version=2),
    ReviseRequest(version=1, start=CONTENT.index(BEGINS), passage=BEGINS, action="tone", tone="friendly"),
    ReplaceRequest(version=1, start=CONTENT.index(BEGINS), passage=BEGINS, text="A bend begins with a stone."),
    RewriteRequest(version=1, instruction="Shorter, and with an example."),
    OutlineRequest(
        title=TITLE, sections=[HeadingIn(title=h.title, covers=h.covers, leaves=h.leaves) for h in HEADINGS]
    ),
    VersionSummary(**FIRST_VERSION.model_dump(exclude={"content"})),
    FIRST_VERSION,
    ShareRequest(days=7),
    SHARE,
    ShareSummary(**SHARE.model_dump(include={"id", "created_at", "expires_at"})),
    ReadingOut(
        title=TITLE, status="completed", progress=100, language="en", words=WRITTEN.words,
        minutes=words.minutes(CONTENT), content=CONTENT, html=BEGUN, image_url=f"{SHARE.url}/image",
        image_alt=f"Illustration: {TITLE}", sources=[SourceOut(id=1, title=SOURCE.title, url=SOURCE.url)],
    ),
    KeyRequest(name="Ada", role="writer", rate="30/minute", days=30, tokens_per_month=2_000_000),
    LimitsRequest(tokens_per_month=2_000_000, cost_per_month=None),
    UsageReportOut(
        since=CREATED.date(), until=CREATED.date(), by="stage", rows=[USED], month=MONTH,
    ),
    USED,
    MONTH,
    KeyOut(**KEY),
    NewKeyOut(**KEY, key="pr_" + "…" * 3),
    AccountOut(subject="f3b0c7a2", name="Ada", role="writer", begun_at=CREATED, used_at=STARTED),
    ENTRY,
    AuditOut(entries=[ENTRY], next=None),
    SignIn(key="pr_" + "…" * 3),
    SessionOut(needed=True, name="Ada", workspace="default", role="writer", issuer="Example"),
    Begin(to="library.html"),
    BegunOut(url="https://accounts.example.org/auth?client_id=pressroom&state=…"),
    PreviewRequest(markdown="# Why *rivers* meander"),
    PreviewOut(html="<h1>Why <em>rivers</em> meander</h1>\n", blocks=[BlockOut(start=0, end=23)]),
    TextRequest(content="Rivers bend."),
    ChangesOut(changes=[ChangeOut(kind="same", text="Rivers "), ChangeOut(kind="added", text="bend.")]),
    ExtraOut(version=2),
    AltRequest(version=1, alt="A river from above, in wide bends"),
    SearchRequest(version=1, **SEO.model_dump()),
    RenewRequest(version=1, wish="A river from above"),
    RenewalOut(running=False, error=WhyOut(code="image_failed", message="the image model took too long", params={})),
    OptionsOut(
        stages=[StageOut(name="outline", label="Outline", agent="OutlineAgent")],
        flows={"quick": ["outline", "content", "style"]},
        formats=[FormatOut(name="pdf", label="PDF", media_type="application/pdf", ending="pdf")],
        tones=["conversational", "professional", "friendly"],
        languages=[LanguageOut(tag="en", name="English"), LanguageOut(tag="pt", name="português")],
        lengths=[350, 800],
        auth=False,
        research=True,
        images=True,
        max_message=8_000,
        max_picture=8_000_000,
    ),
    HealthOut(
        status="ok",
        model=ModelOut(name="gpt-4o-mini", kind="configured", demo=False, note=None, says=["It runs on vLLM"],
            can=[SentenceOut(code="model.server", params={"server": "vLLM"})],
        ),
        running=1,
        waiting=0,
    ),
    ReadyOut(status="ready", running=1, waiting=0, last_model_call="ok"),
    Problem(
        type="about:blank", title="Unprocessable Entity", status=422, code="invalid_input",
        params={"field": "topic", "problem": {"code": "input.empty", "params": {}}}, detail="Topic: must not be empty",
        errors=[FieldProblem(field="topic", code="input.empty", params={}, message="must not be empty")],
    ),
)  # fmt: skip

EVENTS_TOLD: tuple[Event | ReadingEvent | RevisionEvent, ...] = (
    Stage(
        run=1, stage="article", section=None, status="pending", progress=0, message="Number 1 in the queue",
        code="article.pending", params={"place": 1}, at=CREATED,
        data=Place(place=1),
    ),
    Stage(
        run=1, stage="outline", section=None, status="completed", progress=25, message="Outline ready",
        code="outline.completed", params={}, at=PLANNED,
        elapsed_ms=830, data=Outline(title=TITLE, sections=HEADINGS),
    ),
    Token(run=1, stage="content", section=2, offset=units("On the outside of the bend"), text=" the fast water digs"),
    Token(run=1, stage="content", section=2, offset=0, text=""),
    Done(
        run=1, status="completed", progress=100, words=WRITTEN.words,
        usage=Usage(prompt_tokens=970, completion_tokens=786), elapsed_ms=9_842, result_url=RESULT,
    ),
    Error(run=1, code="model_timeout", message="the model took too long", params={}, retryable=True, stage="content"),
    ReadingProgress("processing", 25),
    ReadingOutline(TITLE, [heading.title for heading in HEADINGS]),
    ReadingSources([SourceRef(id=1, title=SOURCE.title, url=SOURCE.url)]),
    ReadingPicture(f"Illustration: {TITLE}"),
    ReadingToken("draft", 2, units("On the outside of the bend"), " the fast water digs"),
    ReadingDone("completed", WRITTEN.words),
    RevisionToken(offset=0, text="Every bend"),
    RevisionDone(
        text="Every bend begins small.",
        changes=[Change("removed", "A"), Change("added", "Every"), Change("same", " bend begins small.")],
        usage=Usage(prompt_tokens=310, completion_tokens=24),
    ),
    RevisionError(code="model_timeout", message="the model took too long", params={}, retryable=True),
)  # fmt: skip


def by_schema() -> Iterator[tuple[str, Any]]:
    """Each example as JSON, by the name of its schema."""
    for body in (*BODIES, *chat_examples.BODIES):
        # Requests and problems omit optional fields; other answers contain all fields.
        unsaid = isinstance(body, Strict | Problem)
        yield type(body).__name__, body.model_dump(mode="json", exclude_unset=unsaid)
    for event in EVENTS_TOLD:
        yield type(event).__name__, msgspec.to_builtins(event)
