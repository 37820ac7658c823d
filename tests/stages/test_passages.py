from service.stages.passages import GIVEN, LONGEST, chosen, of
from service.stages.sources import Source

FILLER = "Nothing of note happened on that day in the village by the river. " * 8


def source(n: int, text: str) -> Source:
    return Source(id=n, title=f"Source {n}", url=None, text=text)


def test_the_telling_passages_are_given_in_order() -> None:
    telling = "The waggle dance points to flowers by its angle."
    sources = [source(1, "\n\n".join([FILLER] * 20)), source(2, "\n\n".join([FILLER, telling, FILLER]))]
    given = chosen(of(sources), "waggle dance angle")
    assert any(telling in passage.text and passage.source.id == 2 for passage in given)
    assert [passage.source.id for passage in given] == sorted(passage.source.id for passage in given)
    assert sum(len(passage.text) for passage in given) <= GIVEN


def test_short_sources_are_given_whole() -> None:
    given = chosen(of([source(1, "One."), source(2, "Two.")]), "bees")
    assert [(passage.source.id, passage.text) for passage in given] == [(1, "One."), (2, "Two.")]


def test_a_text_without_paragraphs_is_cut_between_words() -> None:
    given = chosen(of([source(1, "honey bees " * 500)]), "bees")
    assert given
    assert all(len(passage.text) <= LONGEST and passage.text.split()[0] in ("honey", "bees") for passage in given)
    assert chosen(of([source(1, "x" * 5_000)]), "bees")


def test_nothing_gives_nothing() -> None:
    assert chosen(of([]), "bees") == []
    assert chosen(of([source(1, "")]), "bees") == []
