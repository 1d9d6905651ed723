"""What a call says has happened, as rows and files; a module a table. Nothing here waits."""
