"""The built-in demo model: an OpenAI-compatible server with canned text, for use without a key.

A call is parsed (`asked`), answered with text (`answers`), split into a script of pieces (`script`), perhaps changed
by a fault (`faults`), encoded (`wire`) and sent at its pace (`stream`).
"""

from service.demo.faults import Faults
from service.demo.ledger import Call, Counts
from service.demo.server import DemoModel, serving
from service.demo.stream import Pace

__all__ = ["Call", "Counts", "DemoModel", "Faults", "Pace", "serving"]
