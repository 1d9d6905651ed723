"""Whether a caller has finished their turn."""
