"""One account's state: documents and indexes, units of work, the clock, ids, events and the due list."""

from mockbill.world.accounts import Worlds
from mockbill.world.problems import Problem
from mockbill.world.table import Doc
from mockbill.world.ticker import Ticker
from mockbill.world.work import Work
from mockbill.world.world import Advanced, Engine, Hub, World

__all__ = ["Advanced", "Doc", "Engine", "Hub", "Problem", "Ticker", "Work", "World", "Worlds"]
