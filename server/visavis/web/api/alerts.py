"""Somebody in need: what the operator is told at once, until they have seen it."""

from typing import Any

from visavis.web.api.access import Person, Role
from visavis.web.api.context import ApiContext
from visavis.web.api.operations import Given, Nothing, missing, operation
from visavis.web.api.shapes import ById, Rows


@operation("GET", "/alerts", Role.TESTER, answer=Rows)
async def list_alerts(context: ApiContext, who: Person, given: Given[Any, Any, Any]) -> Any:
    """Callers of this node whose words told of need, the newest first, until one is put aside."""
    return {"items": context.alerts.unseen()}


@operation("DELETE", "/alerts/{id}", Role.OPERATOR, path=ById)
async def put_alert_aside(
    context: ApiContext, who: Person, given: Given[ById, Nothing, Nothing]
) -> Any:
    """It has been seen: nobody is shown it any more. Its fault stays."""
    if not context.alerts.seen(given.path.id):
        raise missing("such alert")
