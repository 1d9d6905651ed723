"""What a call leaves behind: the schema, the journal, the files, and Postgres itself."""
