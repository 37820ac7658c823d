"""Cleans a text while it arrives: what may become something that does not belong is held back until it is known."""

import re
from collections.abc import Sequence

from service.stages import patterns
from service.stages.around import Around
from service.stages.echo import Run, echoes, runs, runs_of_prompt, says_again
from service.stages.patterns import FENCE, LINE
from service.stages.place import Place

SENTENCE = 30  # characters of the shortest sentence that is not said twice by chance
REPEATED = 0.6  # share of a paragraph's sentences
BEFORE = " \t<>#*_\"'«»“”„0123456789.)"  # what may stand before a title
TELLING = 12  # characters of the shortest paragraph that says anything
AGAIN = 6  # letters of the shortest line or paragraph that is not twice the same by chance

_sentence = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])")


class Cleaning:
    def __init__(self, place: Place, after: str = "") -> None:
        """What the text says that is there already is not said again."""
        self._own = patterns.plain(place.title or "")
        self._foreign = {patterns.plain(other) for other in place.others} - {self._own}
        self._names = {self._own, *self._foreign, patterns.plain(place.topic)} - {""} if place.title else set()
        self._initials = {name[0] for name in self._names}
        self._told = runs_of_prompt(place.instructions)
        self._whole, self._picked = place.title is None, place.picked
        self._around = Around()
        self._after = after.split("\n\n") if after else []
        self.flowing = False  # within an ordinary line: what has none of "<", "`" and line ends is only kept
        self.withdrawn = False  # something of `kept`, since this was last set to False
        self._begin()

    def _begin(self) -> None:
        self.kept: list[str] = []  # its parts
        self.titled = self.foreign = False  # whether its own heading was seen, and another section's
        self._held = ""
        self._fresh = True  # nothing of the line is decided
        self._inside = self._literal = self._code = False  # a block of code, a line of it, code within a line
        self._hidden = self._over = False  # below another section's heading
        self._gap: list[str] = []  # line ends before what comes next
        self._dropped = False  # a line within the gap
        self._paragraph = self._line = 0  # where they begin in `kept`
        self._before = ""  # the line before
        self._said: set[str] = set()  # sentences, and paragraphs
        self._runs: set[Run] = set()  # of words
        for paragraph in self._after:
            self._says_again(paragraph, runs(paragraph))

    def feed(self, text: str, *, ended: bool = False) -> None:
        if self._around.open:
            text = self._around.feed(text, ended)
            if self._around.again:
                self.withdrawn |= bool(self.kept)
                self._begin()
        *lines, last = (self._held + text).split("\n")
        self._held = ""
        for line in lines:
            self._take(line, ended=True)
        if last or ended:
            self._take(last, ended=ended)
        self.flowing = self._flows()

    def _flows(self) -> bool:
        undecided = self._around.open or self._fresh or self._held or self._gap
        return bool(self.kept) and not (undecided or self._hidden or self._over)

    def finished(self) -> str:
        """The clean text, when nothing more comes."""
        self.feed("", ended=True)
        self._end_paragraph()
        text = "".join(self.kept).rstrip()
        return text if self._whole else patterns.without_remarks(text)

    def _take(self, text: str, *, ended: bool) -> None:
        """More of the current line."""
        if self._over:
            return
        if self._fresh and (self._inside or not patterns.ordinary(text) or self._may_be_name(text)):
            if not ended and (self._may_be_special(text) or self._may_be_name(text)):
                self._held = text
                return
            if len(text) <= LINE and not text.strip():
                self._blank(text)
                return
            begun = self._begun(text)
            if begun is None:
                self._dropped = True
                return
            text = begun
        if self._fresh:
            self._fresh, self._line = False, len(self.kept)
        self._show(text, ended)
        if ended:
            self._end_line()
            self._gap.append("\n")
            self._fresh, self._literal, self._code = True, False, False

    def _may_be_special(self, text: str) -> bool:
        return patterns.may_be_fence(text) if self._whole or self._inside else patterns.may_be_title(text)

    def _may_be_name(self, text: str) -> bool:
        """Whether a line without marks may be a heading of the outline, or the topic."""
        if self._inside or not self._names or not 0 < len(text) <= LINE:
            return False
        bare = patterns.untagged(text[: patterns.decided(text)]) if "<" in text else text
        initial = bare.lstrip(BEFORE)[:1].casefold()
        if not initial or initial not in self._initials:  # nearly always, and quicker
            return not initial
        begun = patterns.plain(bare)
        return any(name.startswith(begun) for name in self._names)

    def _blank(self, line: str) -> None:
        if not (self._dropped and len(self._gap) > 1):  # one blank line is enough, where two stood around a line
            self._gap += (line, "\n")
        if not self._inside:
            self._end_paragraph()

    def _begun(self, text: str) -> str | None:
        """What is shown of a line's beginning, or None if the line is not."""
        fence = text.lstrip().startswith(FENCE)
        self._literal = fence or self._inside
        self._inside ^= fence
        if self._literal:
            return text
        if not self._whole and (heading := patterns.titled(text)):
            return self._heading(*heading, text)
        if self._may_be_name(text) and patterns.plain(patterns.untagged(text)) in self._names:
            return None
        return None if patterns.nothing_but_tags(text) else text

    def _heading(self, level: int, said: str, line: str) -> str | None:
        name, begun = patterns.plain(said), bool(self.kept)
        own, foreign = name == self._own, name in self._foreign
        self.foreign |= foreign
        if self._picked and not self.titled and own and (level or not begun):
            self.titled, self._hidden = True, False
            self._cut(0)
        elif self._picked and not self.titled and foreign:
            self._hidden = True
        elif begun and (foreign or (level and own)):
            self._over = True
        elif not (own or foreign or (0 < level <= 2 and not begun)):
            return line if level == 0 or level > 2 else f"### {said}"
        return None

    def _show(self, text: str, ended: bool) -> None:
        if not self._literal:
            if not ended:
                at = patterns.decided(text)
                text, self._held = text[:at], text[at:]
            text, self._code = patterns.without_tags(text, self._code)
        if not self.kept:
            text = text.lstrip()
            self._gap.clear()
        if text and not self._hidden:
            self.kept.append("".join(self._gap) + text)
            self._gap.clear()
            self._dropped = False

    def _end_line(self) -> None:
        """Withdraw a line that is the same as the one before."""
        line = "".join(self.kept[self._line :])
        said = "" if self._literal or line.lstrip().startswith("|") else patterns.plain(line)
        if len(said) >= AGAIN and said == self._before:
            del self.kept[self._line :]
            self.withdrawn = True
        self._before = said

    def _end_paragraph(self) -> None:
        """Withdraw a paragraph that mostly says again what was said before, or what the prompt says."""
        if self._paragraph == len(self.kept):
            return
        text = "".join(self.kept[self._paragraph :])
        said = runs(text)
        copied = len(text) >= TELLING and echoes(said, self._told)
        if FENCE not in text and (copied or (not self._whole and self._says_again(text, said))):
            self._cut(self._paragraph)
        self._paragraph = len(self.kept)

    def _says_again(self, paragraph: str, said: Sequence[Run]) -> bool:
        sentences = [each for each in _sentence.split(paragraph.strip()) if len(each) >= SENTENCE]
        again = sum(each in self._said for each in sentences)
        whole = patterns.plain(paragraph)
        repeats = (len(whole) >= AGAIN and whole in self._said) or (again > 0 and again >= REPEATED * len(sentences))
        repeats = repeats or says_again(said, self._runs)
        self._said.update(sentences, [whole])
        self._runs.update(said)
        return repeats

    def _cut(self, at: int) -> None:
        self.withdrawn |= at < len(self.kept)
        del self.kept[at:]
        self._paragraph = at
