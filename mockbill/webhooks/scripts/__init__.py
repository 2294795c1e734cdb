"""Delivery scripts: rules that say what becomes of which delivery, apart from the sending itself.

``reading`` makes a rule of what somebody wrote, ``rule`` says which deliveries it is about, ``fate`` what all rules
together have in store for one, and ``desk`` keeps an account's rules and whatever they hold back.
"""

from mockbill.webhooks.scripts.desk import Desk, NoSuchRule, Step, TooMany
from mockbill.webhooks.scripts.fate import Fate, judge
from mockbill.webhooks.scripts.manner import PLAIN, Manner
from mockbill.webhooks.scripts.reading import BadRule, Mistake, read
from mockbill.webhooks.scripts.rule import Facts, Rule, Terms

__all__ = [
    "PLAIN",
    "BadRule",
    "Desk",
    "Facts",
    "Fate",
    "Manner",
    "Mistake",
    "NoSuchRule",
    "Rule",
    "Step",
    "Terms",
    "TooMany",
    "judge",
    "read",
]
