"""All of the API, as aiohttp serves it."""

from types import ModuleType

from aiohttp import web

from visavis.web.api import (
    alerts,
    answers,
    artefacts,
    catalogue,
    commands,
    forgetting,
    judgements,
    learning,
    prompts,
    quality,
    records,
    sessions,
    signing,
)
from visavis.web.api.context import ApiContext
from visavis.web.api.document import document
from visavis.web.api.operations import OPERATIONS, PREFIX, route

MODULES: tuple[ModuleType, ...] = (
    sessions,
    alerts,
    commands,
    artefacts,
    quality,
    records,
    catalogue,
    judgements,
    prompts,
    answers,
    forgetting,
    learning,
    signing,
)
"""Importing them registers their operations."""


def routes(context: ApiContext) -> list[web.RouteDef]:
    """For ``app.add_routes``."""
    told = document(OPERATIONS)

    async def openapi(request: web.Request) -> web.Response:
        return web.json_response(told)

    return [
        *signing.routes(context),
        *(route(context, one) for one in OPERATIONS),
        web.get(f"{PREFIX}/openapi.json", openapi),
    ]
