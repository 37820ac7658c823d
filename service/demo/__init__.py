"""The built-in demo model: an OpenAI-compatible server with canned text, to use the whole way without a key.

A call is read (`asked`), answered with text (`answers`), made a script of pieces (`script`), perhaps spoiled
by a fault (`faults`), encoded (`wire`) and played at its pace (`stream`).
"""

from service.demo.faults import Faults
from service.demo.ledger import Call, Counts
from service.demo.server import DemoModel, serving
from service.demo.stream import Pace

__all__ = ["Call", "Counts", "DemoModel", "Faults", "Pace", "serving"]
