"""The command line: a module for each group of commands; those that talk to a server import none of its rooms."""

from mockbill.cli.root import main

__all__ = ["main"]
