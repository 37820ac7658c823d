"""YAML from a model that may answer anything: a safe loader under caps."""

import yaml

from service.core.errors import ModelNonsense

MAX_DEPTH = 6

_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # every scalar stays a string: 1984 and `yes` are titles too

Node = str | list["Node"] | dict[str, "Node"]


def load(text: str) -> Node:
    """What the YAML says; ModelNonsense says what is wrong with it, in words that the model can act on."""
    try:
        depth = 0
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise ModelNonsense("anchors and aliases are not allowed")
            if getattr(event, "tag", None):
                raise ModelNonsense("tags are not allowed")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise ModelNonsense("the YAML is nested too deeply")
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or "it can't be parsed"
        raise ModelNonsense(f"the YAML is not valid: {problem}") from None
