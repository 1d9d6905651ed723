"""What the persona is made of, and where and as what it runs."""

from typing import Any

from pydantic import BaseModel

from visavis.records.reading import catalogue as reading
from visavis.web.api.access import Person, Role
from visavis.web.api.context import ApiContext
from visavis.web.api.operations import Given, operation
from visavis.web.api.shapes import JsonRow, Rows

Any3 = Given[Any, Any, Any]


class Deployments(BaseModel):
    """The places, their types, and the configurations that were in force."""

    items: list[JsonRow]
    types: list[JsonRow]
    scenarios: list[JsonRow]


class Prompts(BaseModel):
    """The active templates, and what fills their holes."""

    items: list[JsonRow]
    parameters: list[JsonRow]


@operation("GET", "/portraits", Role.TESTER, answer=Rows)
async def list_portraits(context: ApiContext, who: Person, given: Any3) -> Any:
    """Masters and what was made of them; pictures are at ``file``."""
    return {"items": await reading.listed(context.reader, "portrait")}


@operation("GET", "/personas", Role.TESTER, answer=Rows)
async def list_personas(context: ApiContext, who: Person, given: Any3) -> Any:
    """The personas installed here."""
    return {"items": [dict(persona) for persona in context.personas]}


@operation("GET", "/prompts", Role.TESTER, answer=Prompts)
async def list_prompts(context: ApiContext, who: Person, given: Any3) -> Any:
    """The prompt templates in force, and the parameters that fill their holes."""
    return {
        "items": await reading.listed(context.reader, "prompt_template"),
        "parameters": await reading.listed(context.reader, "prompt_parameter"),
    }


@operation("GET", "/deployments", Role.TESTER, answer=Deployments)
async def list_deployments(context: ApiContext, who: Person, given: Any3) -> Any:
    """Deployments, their types, and each scenario: a deployment under one configuration."""
    return {
        "items": await reading.deployments(context.reader),
        "types": await reading.listed(context.reader, "deployment_type"),
        "scenarios": await reading.listed(context.reader, "scenario"),
    }


@operation("GET", "/versions", Role.TESTER, answer=Rows)
async def list_versions(context: ApiContext, who: Person, given: Any3) -> Any:
    """The versions of the system that have run."""
    return {"items": await reading.listed(context.reader, "system_version")}


@operation("GET", "/runs", Role.TESTER, answer=Rows)
async def list_runs(context: ApiContext, who: Person, given: Any3) -> Any:
    """The lives of servers, workers and pages, the latest first."""
    return {"items": await reading.listed(context.reader, "run")}
