from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from service.conversations.curtain import Curtain

BLOCK = "section: 2\ntext: |\n  New.\n\n  ```\n  code\n  ```\n"
ANSWER = f"Shorter, as **you** like.\n\n```yaml\n{BLOCK}```\n"


def shown(*deltas: str) -> tuple[str, str | None]:
    parts: list[str] = []
    curtain = Curtain(parts.append)
    for delta in deltas:
        curtain.append(delta)
    curtain.close()
    return "".join(parts), curtain.behind


def cut(text: str, cuts: list[int]) -> list[str]:
    places = sorted({0, len(text), *(c % (len(text) + 1) for c in cuts)})
    return [text[a:b] for a, b in pairwise(places)]


@given(st.lists(st.integers(0, 10_000)))
def test_however_it_is_cut_the_block_stays_behind(cuts: list[int]) -> None:
    assert shown(*cut(ANSWER, cuts)) == ("Shorter, as **you** like.\n\n", BLOCK.rstrip("\n"))


@given(st.text(alphabet="`yaml \n#x", max_size=60), st.lists(st.integers(0, 100)))
def test_however_a_text_is_cut_the_same_is_shown(text: str, cuts: list[int]) -> None:
    assert shown(*cut(text, cuts)) == shown(text)


@given(st.text(alphabet="`yaml \n#x", max_size=60))
def test_without_a_block_all_is_shown(text: str) -> None:
    parts, behind = shown(text)
    assert (parts == text) == (behind is None)


def test_only_what_may_become_a_fence_is_held_back() -> None:
    parts: list[str] = []
    curtain = Curtain(parts.append)
    for delta in ("A `", "``yaml", " b\n``", "`py", "\n```\n", "x"):
        curtain.append(delta)
    assert parts == ["A `", "``yaml", " b\n", "```py", "\n```\n", "x"]


def test_fences_are_told_by_what_they_say() -> None:
    for fence in ("```yaml", "```YML ", "   ``` yaml"):
        assert shown(f"{fence}\na: b\n```")[1] == "a: b"
    for fence in ("```python", "```", "~~~yaml", "    ```yaml", "see ```yaml"):
        assert shown(f"{fence}\na: b\n```")[1] is None


def test_a_block_without_an_end_is_one_all_the_same() -> None:
    assert shown("```yaml\nsection: 1\n")[1] == "section: 1\n"


def test_it_is_raised_again_when_the_text_is_void() -> None:
    parts: list[str] = []
    curtain = Curtain(parts.append)
    curtain.append("Old.\n```yaml\nsection: 1")
    parts.clear()
    curtain.raise_again()
    curtain.append("New.")
    assert (parts, curtain.behind) == (["New."], None)
