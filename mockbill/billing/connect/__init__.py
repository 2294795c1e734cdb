"""Connect: what a platform does with the accounts that are connected to it, and what it earns by them.

Each connected account is a world of its own, under the lock of its platform: work in one may go on in the other
(``beside``), in the same unit of work.
"""
