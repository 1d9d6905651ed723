"""What a persona and a place know: documents in chunks, each with a vector, found by likeness.

``chunks`` cuts documents, ``schedule`` reads event schedules, ``minilm`` makes the vectors, and
``knowledge`` searches. Nothing here knows of calls or of a database.

Decision: a call searches in memory, exactly (`Knowledge.find`): a hundred chunks take 0.02 ms, the
query's vector 4 to 6 ms in a thread, and a database that is away changes nothing. Postgres keeps
the vectors (pgvector where it has it, else real[]) and is searched through
``visavis.records.reading.embeddings`` by who asks from outside, which gives the same chunks.
"""
