"""What people are told, before it is put into words."""

import msgspec


class Sentence(msgspec.Struct, frozen=True):
    """A code and the parameters of its sentence; messages/ holds the words.

    `params["reason"]`, where there is one, picks among the sentences of one code.
    """

    code: str
    params: "dict[str, Param]" = {}


Param = str | int | float | list[Sentence] | Sentence


class Unfit(ValueError):
    """Text that can't be used, for a reason that stands in messages/ as `input.<reason>`."""

    def __init__(self, reason: str, /, **params: Param) -> None:
        super().__init__(reason, params)
        self.sentence = Sentence(f"input.{reason}", params)
