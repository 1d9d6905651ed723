"""Speech to text: what is speech (`vad`), when a turn is over (`endpoint`), what was said."""
