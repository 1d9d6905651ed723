"""A caller of our own: a WebRTC peer that calls, speaks, listens, measures and keeps what it got.

Independent of the server: it shares no code with ``call``, ``web`` or ``records`` and knows only
what the wire shows. :func:`server.client.caller.call` takes a :class:`~server.client.plan.CallPlan`
and gives a :class:`~server.client.report.CallReport`; ``visavis call`` is its command.
"""

from server.client.caller import call
from server.client.plan import CallPlan, Interruption, Turn
from server.client.report import CallReport

__all__ = ["CallPlan", "CallReport", "Interruption", "Turn", "call"]
