"""What a process that a test starts inherits."""

import os
import tempfile

OURS = "PRESSROOM_", "OPENAI_"
# Whatever models there are on this machine, in its servers or in the repository's data folder.
ALONE = {"PRESSROOM_FIND_LOCAL": "off", "PRESSROOM_DATA_DIR": os.path.join(tempfile.gettempdir(), "pressroom-tests")}


def inherited() -> dict[str, str]:
    """The environment without settings of Pressroom, except that it uses no model but those it is given."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)} | ALONE
