"""Where and when: the code that runs, its lives, and the places that it serves."""

from sqlalchemy import CheckConstraint, Column, Table, Text

from visavis.records.tables.columns import created, flag, json, key, metadata, moment, ref

system_version = Table(
    "system_version",
    metadata,
    key(),
    created(),
    Column("version", Text, nullable=False, comment="semantic version of the package"),
    Column("git_hash", Text, comment="null: an installed package, not a checkout"),
    flag("modified"),
)

run = Table(
    "run",
    metadata,
    key(),
    moment("started", now=True),
    moment("ended", nullable=True),
    Column("component", Text, nullable=False),
    Column("node", Text, nullable=False),
    json("hardware"),
    ref("system_version"),
    CheckConstraint("ended >= started", "ends_after_start"),
)

deployment_type = Table(
    "deployment_type",
    metadata,
    key(),
    created(),
    Column("descriptor", Text, nullable=False, unique=True),
    json("configuration"),
)

deployment = Table(
    "deployment",
    metadata,
    key(),
    created(),
    Column("name", Text, nullable=False, unique=True),
    ref("deployment_type"),
    json("configuration"),
)

scenario = Table(
    "scenario",
    metadata,
    key(),
    created(),
    Column("scenario", Text, nullable=False),
    json("configuration"),
    ref("deployment_type"),
    ref("deployment"),
    ref("system_version"),
    comment="A deployment under one configuration and one version: a new one when either changes",
)
