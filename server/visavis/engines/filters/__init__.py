"""What changes a sound on its way."""
