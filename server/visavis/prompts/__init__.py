"""What a language model is told before it answers: templates whose holes are filled, as a graph.

``graph`` holds templates and parameters and renders them; ``functions`` are what a hole may be
filled with by name. Nothing here knows of calls or of a database.

Syntax: ``{hole}``, a name of small letters, digits and underscores; ``{{`` and ``}}`` are braces.
A line with a hole that stays empty is left out, so a template may ask for what is not always there.
"""
