"""Profiles of deployments: packaged TOML files, one for each type of place a node may serve."""
