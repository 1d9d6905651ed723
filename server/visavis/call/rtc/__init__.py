"""The connection. The libraries are looked at first: what of this room is imported afterwards takes
for granted that they are those that it knows."""

from visavis.call.rtc import aiortc_internals

aiortc_internals.check()
