"""A caller of our own: a WebRTC peer that calls, speaks, listens, measures and keeps what it got.

Independent of the server: it shares no code with ``call``, ``web`` or ``records`` and knows only
what the wire shows. :func:`visavis.client.caller.call` takes a
:class:`~visavis.client.plan.CallPlan` and gives a :class:`~visavis.client.report.CallReport`;
``visavis call`` is its command.
"""

from visavis.client.caller import call
from visavis.client.plan import CallPlan, Interruption, Turn
from visavis.client.report import CallReport

__all__ = ["CallPlan", "CallReport", "Interruption", "Turn", "call"]
