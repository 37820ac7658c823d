"""What tokens cost."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.core.events import Usage

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """Per million tokens."""

    prompt: float = 0
    completion: float = 0


UNKNOWN = Price()


@dataclass(frozen=True, slots=True)
class Prices:
    default: Price
    models: Mapping[str, Price]

    def known(self, model: str) -> bool:
        return model in self.models or self.default != UNKNOWN

    def cost(self, model: str, usage: Usage) -> float | None:
        """As the provider told it, or else at the model's price; None if there is neither."""
        if usage.cost is not None:
            return usage.cost
        if not self.known(model):
            return None
        price = self.models.get(model, self.default)
        return (usage.prompt_tokens * price.prompt + usage.completion_tokens * price.completion) / MILLION
