"""What the persona says: rules first, then a language model, clause by clause.

``rules`` answers what has one right answer, at once. ``engines`` ask a language model: the local
one (``local``, in a worker process), any OpenAI-compatible endpoint (``openai``), or none.
``clauses`` cuts the stream of tokens into what can be spoken already, and ``history`` keeps the
conversation inside the model's context.
"""
