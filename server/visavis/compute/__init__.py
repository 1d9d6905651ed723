"""Where heavy work runs: one engine in one process of its own, called with deadlines."""
