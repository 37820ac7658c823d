"""Parts of one text that are written at the same time and shown in their order."""

from service.models.model import Paper


class InOrder:
    """Viewers see the first part that is not finished grow; later ones appear once it is their turn."""

    def __init__(self, paper: Paper, top: str, heads: list[str]) -> None:
        """`top` stands above all parts, a head above each."""
        self._paper = paper
        self._above = top  # what is final, above the part that is shown
        self._heads = heads
        self._texts = [""] * len(heads)
        self._finished = [False] * len(heads)
        self._at = -1
        self._next()

    def part(self, number: int) -> Paper:
        return _Part(self, number)

    def text(self, number: int) -> str:
        return self._texts[number]

    def finish(self, number: int, text: str) -> None:
        self.replace(number, text)
        self._finished[number] = True
        while self._at < len(self._heads) and self._finished[self._at]:
            self._next()

    def finish_with(self, texts: list[str]) -> None:
        """Let the parts that are not finished be these."""
        for number, text in enumerate(texts):
            if not self._finished[number]:
                self.finish(number, text)

    def _next(self) -> None:
        """Show the next part, as far as it is written."""
        if self._at >= 0:
            self._above = self._shown()
        self._at += 1
        if self._at < len(self._heads):
            self._paper.replace(self._shown())

    def _shown(self) -> str:
        return "\n\n".join(filter(None, [self._above, self._heads[self._at], self._texts[self._at]]))

    def append(self, number: int, delta: str) -> None:
        begins = not self._texts[number]
        self._texts[number] += delta
        if number == self._at:
            self._paper.append(f"\n\n{delta}" if begins else delta)

    def replace(self, number: int, text: str) -> None:
        self._texts[number] = text
        if number == self._at:
            self._paper.replace(self._shown())


class _Part:
    def __init__(self, whole: InOrder, number: int) -> None:
        self._whole, self._number = whole, number

    @property
    def value(self) -> str:
        return self._whole.text(self._number)

    def append(self, delta: str) -> None:
        self._whole.append(self._number, delta)

    def replace(self, value: str) -> None:
        self._whole.replace(self._number, value)
