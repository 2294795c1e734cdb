"""Connect: what a platform does with the accounts that are connected to it.

Each connected account is a world of its own behind its own lock.  Work on a platform writes into one only after its
commit, holding the platform's lock (``beside.tell``); nothing ever goes the other way.
"""
