"""``python -m mockbill``: the same as the command ``mockbill``."""

from mockbill.cli import main

main()
