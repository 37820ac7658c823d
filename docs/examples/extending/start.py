"""Pressroom with a stage, a dialect, an export format and a language added from outside: one line each.

In the repository: uv run python -m docs.examples.extending.start
"""

import sys
from pathlib import Path

from docs.examples.extending.fact_check import FactCheck
from docs.examples.extending.plain_text import PlainText
from service import cli
from service.export.formats import FORMATS
from service.messages import LANGUAGES
from service.stages.flows import FULL

FULL.groups.insert(-1, [FactCheck])  # after editing
FORMATS.append(PlainText())
LANGUAGES["eo"] = Path(__file__).with_name("eo.yaml")

# The wire makes its types of the stages that there are when it is loaded: so it is loaded behind them.
from docs.examples.extending.ndjson import NDJSON  # noqa: E402
from service.wire.dialects import DIALECTS  # noqa: E402

DIALECTS.append(NDJSON)

if __name__ == "__main__":
    sys.exit(cli.main())
