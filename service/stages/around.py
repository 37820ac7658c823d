"""Takes off what stands around a text: an opener and tags before it, quotes or a fence around all of it."""

from service.stages import patterns
from service.stages.patterns import FENCE, LINE, QUOTES

REMARK = 40  # characters by which a remark is known


class Around:
    def __init__(self) -> None:
        self.open = True  # there may be something around: what comes has to pass here
        self.again = False  # the text that `feed` returned last is all of it, from its beginning
        self._raw: list[str] = []
        self._begin()

    def _begin(self) -> None:
        self._heads = True  # nothing of the text itself has come
        self._opened = False  # an opener was taken off
        self._closing: str | None = None  # what ends the quotes or the fence; "" if there are none
        self._held = self._tail = ""

    def feed(self, text: str, ended: bool) -> str:
        """More of the text, without what stands around it. What may belong to that is held until it is known."""
        self.again = False
        self._raw.append(text)
        if self._closing:
            text = self._unwrapped(text, ended)
        if self._heads:
            text = self._headed(self._held + text, ended)
        self.open = self._heads or bool(self._closing)
        if not self.open:
            self._raw.clear()
        return text

    def _headed(self, text: str, ended: bool) -> str:
        self._held = ""
        while True:
            text = text.lstrip()
            if length := patterns.tags(text):
                text = text[length:]
            elif not self._opened and (length := patterns.opener(text)):
                text, self._opened = text[length:], True
            elif self._closing is None and (length := patterns.fence(text)):
                text = self._wrapped(text[length:], FENCE, ended)
            elif self._closing is None and (closing := QUOTES.get(text[:1])):
                _, closed, more = text[1:].partition(closing)
                if not ended and len(text) <= LINE and not more.strip():
                    self._held = text
                    return ""
                if closed or len(text) > LINE:
                    text = self._wrapped(text[1:], closing, ended)
                else:
                    self._closing = ""
            elif not ended and (not text or patterns.may_be_around(text)):
                self._held = text
                return ""
            else:
                self._heads = False
                return text

    def _wrapped(self, text: str, closing: str, ended: bool) -> str:
        self._closing = closing
        return self._unwrapped(text, ended)

    def _unwrapped(self, text: str, ended: bool) -> str:
        """The text up to the end of what is around it. If more follows than a remark, nothing was around it: all begins
        again."""
        before, closed, rest = (self._tail + text).partition(self._closing or "")
        said, self._tail = rest.strip(), ""
        if not closed:
            shown = before if ended else before.rstrip("`")
            self._tail = before[len(shown) :]
            return shown
        if not said:
            self._tail = closed + rest[rest.find("\n") :][:1]
            return before
        may_be_remark = patterns.remark(said) if ended or len(said) >= REMARK else True
        if may_be_remark and rest.lstrip(" \t").startswith("\n") and "\n\n" not in said:
            self._tail = closed + rest
            return before
        self._begin()
        self._closing, self.again = "", True
        return "".join(self._raw)
