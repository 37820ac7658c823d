"""The difference between two texts, word by word, because changes to prose are read within a paragraph."""

import re
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

import msgspec

Kind = Literal["same", "removed", "added"]

MOST_WORDS = 3_000  # beyond that, comparing takes longer than the model

_word = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\w+|\s+|[^\w\s]")


class Change(msgspec.Struct, frozen=True):
    kind: Kind
    text: str


def difference(old: str, new: str) -> list[Change]:
    """Parts of both texts: `same` and `removed` make up the old text, `same` and `added` the new one."""
    before, after = _word.findall(old), _word.findall(new)
    if max(len(before), len(after)) > MOST_WORDS:
        before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    changes: list[tuple[Kind, str]] = []
    # Autojunk starts no match at very common words; without it, some texts would take minutes.
    for tag, i, j, k, m in SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal":
            changes.append(("same", "".join(before[i:j])))
        else:
            changes += [("removed", "".join(before[i:j])), ("added", "".join(after[k:m]))]
    return _readable([(kind, text) for kind, text in changes if text])


def _readable(changes: list[tuple[Kind, str]]) -> list[Change]:
    """Merge unchanged single spaces between changed words into the changes, so that the result is readable."""
    whole: list[Change] = []
    for lonely, group in groupby(enumerate(changes), lambda item: _torn(changes, item[0])):
        run = [change for _, change in group]
        if not lonely:
            whole += [Change(kind, text) for kind, text in run]
            continue
        removed = "".join(text for kind, text in run if kind != "added")
        added = "".join(text for kind, text in run if kind != "removed")
        whole += [Change(kind, text) for kind, text in (("removed", removed), ("added", added)) if text]
    return whole


def _torn(changes: list[tuple[Kind, str]], n: int) -> bool:
    """Whether the n-th part is changed, or a space between changes."""
    kind, text = changes[n]
    return kind != "same" or (0 < n < len(changes) - 1 and text.isspace() and "\n" not in text)
