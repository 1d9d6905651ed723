"""Attacks on a running server from outside, as a stranger without a token makes them.

Each attack is ``async def attack(target) -> Report``: bounded in count and time, on loopback only,
and rated to what was once seen to do harm. It runs in a process of its own, at a low
priority, so that neither its CPU nor its event loop is its victims':

    PYTHONPATH=tests python -m attacks consent_flood http://127.0.0.1:8443 --seconds 4

What it did is printed as one JSON object. `running` starts it from a test; `well_behaved` is
whoever calls meanwhile and must notice nothing.
"""
