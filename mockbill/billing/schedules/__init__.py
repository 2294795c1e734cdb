"""Subscription schedules: what a subscription is to be in the phases to come (stripe-behaviour.md 2.12 and 3.11).

``creation.create`` and ``creation.from_subscription`` make one, ``updates`` change it, ``endings`` release, cancel or
complete it, ``course`` is what time does to it, ``phases`` reads the parameters of phases, and ``settling`` says what
a phase asks of the subscription, which is changed by the verbs that change any subscription.
"""
