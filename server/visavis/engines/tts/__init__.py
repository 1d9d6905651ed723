"""Text in, a voice and its timings out.

``normalise`` makes written text sayable, ``hibari`` says it, ``speech`` is what comes out. The
engine knows nothing of calls: it takes one clause and returns the samples with the times of each
phoneme (for the mouth) and of each written word (for captions, and for knowing what was heard).
"""
