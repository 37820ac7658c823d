"""What a model's server accepts: guessed first, then learnt from what it refuses, and kept for all later calls."""

import re
from typing import Any

from service.models.model import Want

OLD, NEW = "max_tokens", "max_completion_tokens"
_openai = re.compile(r"https://([\w-]+\.)*(openai\.com|openai\.azure\.com)(/|$)")


class Capabilities:
    """Of one base URL and model. Only fields that nearly every server takes are sent at all."""

    def __init__(self, base_url: str) -> None:
        self.length: str | None = NEW if _openai.match(base_url) else OLD
        self.form: str | None = "json_schema"  # to which it holds an answer
        self.usage = True
        self.reasons = False
        self._swapped = False

    def fields(self, want: Want) -> dict[str, Any]:
        """The optional fields of a request."""
        fields: dict[str, Any] = {}
        if self.usage:
            fields["stream_options"] = {"include_usage": True}
        if self.length and want.tokens is not None:
            fields[self.length] = want.tokens
        if self.form and want.schema is not None:
            form: dict[str, Any] = {"type": self.form}
            if self.form == "json_schema":
                form[self.form] = {"name": "answer", "strict": True, "schema": want.schema}
            fields["response_format"] = form
        return fields

    def learn(self, said: str, sent: dict[str, Any]) -> bool:
        """Whether a refusal names a field that was sent, which is then left out or sent by its other name."""
        if self.length in sent and self.length in said:
            other = NEW if self.length == OLD else OLD
            self.length = None if self._swapped else other
            self._swapped = True
        elif "response_format" in sent and re.search("response_format|json|schema|grammar", said):
            self.form = "json_object" if self.form == "json_schema" else None
        elif "stream_options" in sent and re.search("stream_options|include_usage", said):
            self.usage = False
        else:
            return False
        return True
