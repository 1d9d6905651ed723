"""Reading the records back: what the API and the operator's page show. Writes nothing."""
