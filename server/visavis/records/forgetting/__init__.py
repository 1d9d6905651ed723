"""Forgetting a person: their files go, their rows stay as skeletons without anything of theirs."""
