"""The modules that do not touch the page, in a real browser: what they do is easier to exhaust than to watch."""

import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.core import words

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


async def test_a_difference_tells_both_texts(page):
    texts = examples(st.tuples(TEXT, TEXT), 300)
    wrong = await page.evaluate(
        """async (pairs) => {
          const { difference } = await import('/static/js/helpers/diff.js');
          const side = (blocks, other) => blocks.map(({ same, runs }) => same?.join('') ??
            runs.filter(({ kind }) => kind !== other).map(({ text }) => text).join('')).join('');
          const bare = (text) => text.replaceAll('\\n', '');
          return pairs.filter(([before, after]) => {
            const blocks = difference(before, after);
            return bare(side(blocks, 'added')) !== bare(before) || bare(side(blocks, 'removed')) !== bare(after);
          });
        }""",
        texts,
    )
    assert wrong == []


async def test_a_difference_is_told_by_words_and_its_cost_is_bounded(page):
    told = await page.evaluate("""async () => {
      const { difference } = await import('/static/js/helpers/diff.js');
      const long = (step) => Array.from({ length: 30000 }, (_, i) => `w${(i * step) % 9973}`).join(' ');
      const began = performance.now();
      difference(long(7), long(11));
      const fast = performance.now() - began < 2000;
      return [difference('One.\\n\\nThe quick brown fox.', 'One.\\n\\nThe slow red fox.'), fast];
    }""")
    runs = [("same", "The "), ("removed", "quick brown"), ("added", "slow red"), ("same", " fox.")]
    assert told == [[{"same": ["One."]}, {"runs": [{"kind": kind, "text": text} for kind, text in runs]}], True]


async def test_long_pauses_take_little_room_on_the_timeline(page):
    told = await page.evaluate("""async () => {
      const { worked } = await import('/static/js/models/progress.js');
      const scale = worked([[1000, 2000], [90000, 91000], [1500, 3000]]);
      return [scale.at(1000), scale.at(3000), scale.at(90000), scale.total];
    }""")
    assert told == [0, 2000, 3500, 4500]
