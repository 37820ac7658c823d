"""Loads YAML from a model safely, with limits."""

import yaml

from service.core.model_errors import ModelNonsense

MAX_DEPTH = 6

_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # every scalar stays a string: 1984 and `yes` are titles too

Node = str | list["Node"] | dict[str, "Node"]


def load(text: str) -> Node:
    """The YAML's content. ModelNonsense says what is wrong, so that the model can correct it."""
    try:
        depth = 0
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise ModelNonsense("yaml_alias")
            if getattr(event, "tag", None):
                raise ModelNonsense("yaml_tag")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise ModelNonsense("yaml_depth")
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise ModelNonsense("yaml_invalid", said=getattr(error, "problem", None) or "it can't be parsed") from None
