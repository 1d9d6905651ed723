"""Write-behind: from a call's rows to files, and from those to Postgres."""
