"""Learning of a caller's own signs and sounds: record, label, train, try (design §9)."""
