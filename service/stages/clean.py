"""Takes off what models put around a text that was to stand alone, from the whole text and while it arrives."""

import re

from service.core.model_errors import ModelNonsense
from service.models.model import Paper
from service.stages import patterns
from service.stages.cleaning import Cleaning
from service.stages.place import Place

_end = re.compile(r"[.!?…。！？][\"'”’»)\]*_]*(?=\s|$|[\u3000-\u9fff])|\n\n")


def clean(answer: str, place: Place, after: str = "") -> str:
    """The text for its place, behind the existing text `after`; `bare` if nothing is left of all there is.
    ModelNonsense if it was to be picked out of other sections and is not there."""
    cleaning = Cleaning(place, after)
    cleaning.feed(answer)
    text = cleaning.finished()
    if place.picked and cleaning.foreign and not cleaning.titled:
        raise ModelNonsense("not_the_section")
    return text if text or place.more else bare(answer)


def bare(answer: str) -> str:
    """The answer without tags and marks of headings."""
    return patterns.untagged(answer).replace("#", "").strip()


def whole_sentences(text: str) -> str:
    """The text up to its last whole sentence, if it has one."""
    ends = [match.end() for match in _end.finditer(text)]
    return text[: ends[-1]].rstrip() if ends else text


class CleanPaper:
    """Writes to a paper what `clean` would leave of the text so far, behind the existing text `after`. What is known
    only at the end is left to `clean`."""

    def __init__(self, paper: Paper, place: Place, after: str = "") -> None:
        self._paper = paper
        self._write = paper.append
        self._place = place
        self._after = after
        self._cleaning = Cleaning(place, after)

    def append(self, delta: str) -> None:
        cleaning = self._cleaning
        if cleaning.flowing and "\n" not in delta and "<" not in delta and "`" not in delta:
            cleaning.kept.append(delta)
            self._write(delta)
        else:
            self._feed(cleaning, delta)

    def _feed(self, cleaning: Cleaning, delta: str) -> None:
        had = len(cleaning.kept)
        cleaning.feed(delta)
        if cleaning.withdrawn:
            cleaning.withdrawn = False
            self._paper.replace("\n\n".join(filter(None, [self._after, "".join(cleaning.kept)])))
        elif len(cleaning.kept) > had:
            text = "".join(cleaning.kept[had:])
            self._write(text if had or not self._after else f"\n\n{text}")

    def withdraw(self) -> None:
        """Begin again."""
        self._cleaning = Cleaning(self._place, self._after)
        self._paper.replace(self._after)
