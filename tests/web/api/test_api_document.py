"""The OpenAPI document, and what random requests made from it do."""

import asyncio
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from schemathesis import Case
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance
from web.api.house import House

from visavis.web.api.document import document
from visavis.web.api.operations import OPERATIONS
from visavis.web.api.routes import MODULES


def test_every_operation_is_described_and_its_schemas_are_schemas() -> None:
    told = document(OPERATIONS)
    assert len(MODULES) >= 6 and told["openapi"] == "3.1.0"
    names = [entry["operationId"] for path in told["paths"].values() for entry in path.values()]
    assert len(names) == len(set(names)) == len(OPERATIONS) > 15
    for schema in told["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    assert all(one.says for one in OPERATIONS)


FEW = settings(
    max_examples=12,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


async def test_no_request_made_from_the_document_makes_the_server_fail(house: House) -> None:
    address = str(house.client.make_url("/")).rstrip("/")
    known = {"Authorization": "Bearer olga-token"}

    def attempt(case: "Case[Any]") -> None:
        answer = case.call(base_url=address, headers=known)
        assert answer.status_code < 500, (case.method, case.formatted_path, answer.text)
        # A template may be text by its schema, and still name a hole that nothing fills.
        case.validate_response(answer, excluded_checks=[positive_data_acceptance])

    def attack() -> None:
        for result in schemathesis.openapi.from_dict(document(OPERATIONS)).get_all_operations():
            assert isinstance(result, Ok)
            FEW(given(case=result.ok().as_strategy())(attempt))()

    await asyncio.to_thread(attack)
    assert house.faults == []
