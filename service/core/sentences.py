"""Sentences as codes and parameters."""

import msgspec


class Sentence(msgspec.Struct, frozen=True):
    """A code and its parameters; messages/ holds the text.

    `params["reason"]`, if present, selects one of the sentences of a code.
    """

    code: str
    params: "dict[str, Param]" = {}


Param = str | int | float | list[Sentence] | Sentence


class Unfit(ValueError):
    """Invalid input. messages/ holds the reason as `input.<reason>`."""

    def __init__(self, reason: str, /, **params: Param) -> None:
        super().__init__(reason, params)
        self.sentence = Sentence(f"input.{reason}", params)
