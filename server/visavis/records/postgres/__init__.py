"""The database: a Postgres of our own, its schema's steps, connections and statements."""
