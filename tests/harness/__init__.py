"""The same scripted calls against a real server, and a comparison of what they leave.

    python -m tests.harness record FILE         # about four minutes
    python -m tests.harness compare tests/harness/baseline.json FILE --allow ALLOWED

While working on one thing, `record --only typed FILE` takes a minute, and `compare` then looks at
that script alone. HARNESS_SERVER is what starts a server, if not the checkout's own package.

A change that is to keep behaviour is made between two recordings; `compare` prints whatever is not
the same, and ends with 1 unless each difference is listed and explained. What is kept of a call is
its shape: rows a table, columns that are filled, events and modes in order, messages on the channel
and their fields, HTTP, printed lines, files. Times, ids and levels are left out.

`project` alone imports the project; `folds` says what is not compared, and why.
"""
