"""The modules that do not touch the page, in a real browser: what they do is easier to exhaust than to watch."""

import msgspec
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service import messages
from service.core import words
from service.core.difference import difference
from service.core.sentences import Sentence

TEXT = st.text(alphabet="aé’.-_3 \n#日語한あ🌱𠀀\u0301", max_size=60)


@pytest_asyncio.fixture(loop_scope="session")
async def page(server, open_page):
    return await open_page(server.url)


def examples(strategy: st.SearchStrategy, count: int) -> list:
    """Many at once, since every question to the browser takes its time."""
    found: list = []

    @settings(max_examples=count, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def collect(example: object) -> None:
        found.append(example)

    collect()
    return found


async def test_words_are_counted_as_on_the_server_however_they_come(page):
    texts = examples(st.lists(TEXT, max_size=8), 300)
    counted = await page.evaluate(
        """async (texts) => {
          const { Text } = await import('/static/js/models/text.js');
          return texts.map((parts) => {
            const text = new Text();
            const after = parts.map((part) => (text.put(text.value.length, part), text.words));
            return after.at(-1) ?? 0;
          });
        }""",
        texts,
    )
    assert counted == [words.count("".join(parts)) for parts in texts]


async def test_the_one_rule(page):
    told = await page.evaluate("""async () => {
      const { Text } = await import('/static/js/models/text.js');
      const text = new Text(), told = [];
      const put = (...token) => told.push([text.put(...token), text.value, text.revision]);
      put(0, 'Rivers'); put(6, ' bend'); put(0, 'Rivers bend slowly'); put(7, 'run'); put(0, ''); put(1, 'gap');
      return told;
    }""")
    assert told == [
        [True, "Rivers", 0],
        [True, "Rivers bend", 0],
        [True, "Rivers bend slowly", 0],  # an overlap is nothing new
        [True, "Rivers run", 1],
        [True, "", 2],
        [False, "", 2],
    ]


async def test_the_end_is_followed_only_from_the_end(page):
    moved = await page.evaluate(
        """async () => {
          const { followEnd } = await import('/static/js/controllers/follow.js');
          const long = document.body.appendChild(document.createElement('div'));
          const grow = () => followEnd(() => (long.style.height = `${long.offsetHeight + 3000}px`));
          const scroller = document.scrollingElement, places = [];
          const atEnd = () => scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 1;
          grow(); places.push(scroller.scrollTop);
          scroller.scrollTop = 100; grow(); places.push(scroller.scrollTop);
          scroller.scrollTop = scroller.scrollHeight; grow(); places.push(atEnd());
          return places;
        }""",
    )
    assert moved == [0, 100, True]


async def test_what_changed_is_told_by_paragraphs(page):
    texts = examples(st.tuples(TEXT, TEXT), 300)
    pairs = [[[{"kind": c.kind, "text": c.text} for c in difference(*both)], *both] for both in texts]
    wrong = await page.evaluate(
        """async (pairs) => {
          const { passages } = await import('/static/js/helpers/passages.js');
          const side = (blocks, other) => blocks.map(({ same, runs }) => same?.join('') ??
            runs.filter(({ kind }) => kind !== other).map(({ text }) => text).join('')).join('');
          const bare = (text) => text.replaceAll('\\n', '');
          return pairs.filter(([changes, before, after]) => {
            const blocks = passages(changes);
            return bare(side(blocks, 'added')) !== bare(before) || bare(side(blocks, 'removed')) !== bare(after);
          });
        }""",
        pairs,
    )
    assert wrong == []


async def test_paragraphs_that_did_not_change_stand_together(page):
    before, after = "One.\n\nTwo.\n\nThe quick fox.\n\nEnd.", "One.\n\nTwo.\n\nThe slow fox.\n\nEnd."
    told = await page.evaluate(
        "async (changes) => (await import('/static/js/helpers/passages.js')).passages(changes)",
        [{"kind": change.kind, "text": change.text} for change in difference(before, after)],
    )
    runs = [("same", "The "), ("removed", "quick"), ("added", "slow"), ("same", " fox.")]
    changed = {"runs": [{"kind": kind, "text": text} for kind, text in runs]}
    assert told == [{"same": ["One.", "Two."]}, changed, {"same": ["End."]}]


CATALOG = {
    "gone": "it is gone",
    "conflict": "it is {status}",
    "conflict.moved_on": "it is version {version} now",
    "empty": "",
    "stage.skipped": "Left out: {why}",
    "stage.missed": "{count} missed: {each}",
    "braces": "{{literally}} {name}}}",
    "share": "{share} of it",
    "as_told": "{text}",
    "invalid_input": "{field}: {problem}",
    "value.field.sources": "Sources",
    "value.field.url": "Link",
}
GONE = Sentence("gone")
SENTENCES = [
    (GONE, "it is gone"),
    (Sentence("conflict", {"status": "failed"}), "it is failed"),
    (Sentence("conflict", {"reason": "moved_on", "version": 3}), "it is version 3 now"),
    (Sentence("conflict", {"reason": "unheard_of", "status": "pending"}), "it is pending"),
    (Sentence("nobody", {"said": "so"}), "nobody"),
    (Sentence("empty"), "empty"),
    (Sentence("stage.skipped", {"why": Sentence("conflict", {"status": "{status}"})}), "Left out: it is {status}"),
    (Sentence("stage.missed", {"count": 2, "each": [GONE, Sentence("nobody")]}), "2 missed: it is gone; nobody"),
    (Sentence("stage.missed", {"count": 0, "each": []}), "0 missed: "),
    (Sentence("braces", {"name": "<b>$&</b>"}), "{literally} <b>$&</b>}"),
    (Sentence("share", {"share": 0.5}), "0.5 of it"),
    (Sentence("invalid_input", {"field": "sources.0.url", "problem": GONE}), "Sources 1 Link: it is gone"),
    (Sentence("invalid_input", {"field": "new.url", "problem": GONE}), "new Link: it is gone"),
    (Sentence("conflict"), "it is {status}"),
    (Sentence("conflict", {"reason": "as_told", "text": "as it was"}), "as it was"),
]


@pytest.fixture
def catalog(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setattr(messages, "catalog", lambda language="en": CATALOG)
    return CATALOG


@pytest.mark.parametrize(("sentence", "words"), SENTENCES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_sentence_is_said_by_the_server(catalog: dict[str, str], sentence: Sentence, words: str) -> None:
    assert messages.say(sentence) == words


async def test_the_page_says_sentences_as_the_server_does(page):
    told = [msgspec.to_builtins(sentence) for sentence, _ in SENTENCES]
    said = await page.evaluate(
        """async ([catalog, told]) => {
          const { learn, say } = await import('/static/js/helpers/say.js');
          learn(catalog);
          return told.map((each) => say(each));
        }""",
        [CATALOG, told],
    )
    assert said == [words for _, words in SENTENCES]


async def test_without_a_code_or_its_words_the_message_is_shown(page):
    said = await page.evaluate("""async () => {
      const { learn, say } = await import('/static/js/helpers/say.js');
      learn({ gone: 'it is gone' });
      return [{ message: 'as told' }, { code: 'gone', message: 'as told' },
              { code: 'unheard_of', params: {}, message: 'as told' }, { code: 'gone', params: {}, message: 'as told' }]
        .map((each) => say(each));
    }""")
    assert said == ["as told", "as told", "as told", "it is gone"]


WRONG = ["", "bees", "a b.org", "https:", "https://", "https:bees", "mailto:", "@anna", "javascript:alert(1)", "data:1"]
ADDRESSES: dict[str, str | None] = {
    "example.org": "https://example.org",
    "example.org:8080/x": "https://example.org:8080/x",
    "example.org/@anna": "https://example.org/@anna",
    "http://localhost/x": "http://localhost/x",
    "anna@example.org": "mailto:anna@example.org",
    "mailto:anna@example.org": "mailto:anna@example.org",
    "/wax": "/wax",
    "#wax": "#wax",
    **dict.fromkeys(WRONG),
}


async def test_what_is_typed_as_an_address(page):
    told = await page.evaluate(
        """async (typed) => {
          const { addressOf } = await import('/static/js/helpers/addresses.js');
          return typed.map((each) => addressOf(each));
        }""",
        list(ADDRESSES),
    )
    assert dict(zip(ADDRESSES, told, strict=True)) == ADDRESSES


async def test_only_of_texts_that_space_no_words_the_characters_are_counted(page):
    told = await page.evaluate("""async () => {
      const { learn } = await import('/static/js/helpers/say.js');
      const { words } = await import('/static/js/helpers/phrases.js');
      learn({ 'page.count.word.other': '{n} characters', 'page.count.spaced_word.other': '{n} words' });
      return ['zh-Hant', 'ja', 'ko', 'de'].map((language) => words(3, language));
    }""")
    assert told == ["3 characters", "3 characters", "3 words", "3 words"]


async def test_long_pauses_take_little_room_on_the_timeline(page):
    told = await page.evaluate("""async () => {
      const { worked } = await import('/static/js/models/progress.js');
      const scale = worked([[1000, 2000], [90000, 91000], [1500, 3000]]);
      return [scale.at(1000), scale.at(3000), scale.at(90000), scale.total];
    }""")
    assert told == [0, 2000, 3500, 4500]
