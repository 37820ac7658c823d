"""Pydantic's errors as sentences of ours."""

import re
from collections.abc import Mapping
from typing import Any

from service.core.sentences import Sentence, Unfit

# Pydantic's error types as our own reasons, and the names of their parameters.
REASONS: dict[str, tuple[str, dict[str, str]]] = {
    "missing": ("missing", {}),
    "extra_forbidden": ("unknown", {}),
    **dict.fromkeys(["string_type", "string_sub_type", "string_unicode"], ("not_text", {})),
    **dict.fromkeys(["bool_type", "bool_parsing"], ("not_a_choice", {})),
    "list_type": ("not_a_list", {}),
    **dict.fromkeys(["model_type", "model_attributes_type"], ("not_an_object", {})),
    **dict.fromkeys(["int_type", "int_parsing", "int_parsing_size", "int_from_float"], ("not_a_number", {})),
    **dict.fromkeys(["float_type", "float_parsing", "finite_number"], ("not_numeric", {})),
    "greater_than": ("not_above", {"gt": "least"}),
    "greater_than_equal": ("too_small", {"ge": "least"}),
    "less_than_equal": ("too_large", {"le": "most"}),
    "too_short": ("too_few", {"min_length": "least"}),
    "too_long": ("too_many", {"max_length": "most", "actual_length": "given"}),
    "string_too_short": ("empty", {}),
    "string_too_long": ("too_long", {"max_length": "most"}),
    **dict.fromkeys(["date_from_datetime_parsing", "date_parsing", "date_type"], ("not_a_date", {})),
    "literal_error": ("not_one_of", {"expected": "choices"}),
    "string_pattern_mismatch": ("wrong_form", {}),
}


def unfit(error: Mapping[str, Any]) -> Sentence:
    """One of pydantic's errors as ours."""
    about = error.get("ctx", {})
    if isinstance(ours := about.get("error"), Unfit):
        return ours.sentence
    if error["type"] not in REASONS:
        return Sentence("input.other", {"said": str(error["msg"]).removeprefix("Value error, ")})
    reason, params = REASONS[error["type"]]
    return Sentence(f"input.{reason}", {param: _plain(about[word]) for word, param in params.items()})


def _plain(value: str | float) -> str | float:
    """A list of choices, which pydantic writes as `'a', 'b' or 'c'`, without its English; a whole number without .0"""
    if isinstance(value, str):
        return ", ".join(re.findall(r"'([^']*)'", value))
    return int(value) if value == int(value) else value
