"""The OpenAPI 3.1 document, made from the operations themselves."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, TypeAdapter

from visavis import __version__
from visavis.web.api.access import COOKIE
from visavis.web.api.operations import PREFIX, Asked, Nothing, Operation

REF = "#/components/schemas/{model}"
PROBLEM = {
    "type": "object",
    "properties": {
        "status": {"type": "integer"},
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
                "required": ["field", "message"],
            },
        },
    },
    "required": ["status", "title", "detail"],
}
"""RFC 9457, with the wrong fields."""
REFUSALS = {
    "400": "The request can't be read.",
    "401": "No token, or a wrong one.",
    "403": "The role is too low.",
    "404": "There is nothing, or it is somebody else's.",
    "408": "The body came too slowly.",
    "409": "Not now.",
    "410": "The file has gone.",
    "413": "The body is too big.",
    "415": "The body is not JSON by its type.",
    "422": "A field is wrong; `errors` names it.",
    "503": "The database is away; try again.",
}


def document(operations: Iterable[Operation]) -> dict[str, Any]:
    """The whole document."""
    schemas: dict[str, Any] = {"Problem": PROBLEM}
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(PREFIX + one.at, {})[one.method.lower()] = _entry(one, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Visavis",
            "version": __version__,
            "description": "What the calls of a Visavis server left: read, judged, forgotten.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
            },
        },
        "security": [{"token": []}, {"cookie": []}],
    }


def _entry(one: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.says.split(". ")[0].split("; ")[0].rstrip("."),
        "description": f"{one.says} Role: {one.role.name.lower()}.",
        "parameters": [
            *_parameters(one.path, "path", schemas),
            *_parameters(one.query, "query", schemas),
        ],
        "responses": {
            str(one.status): _answer(one, schemas),
            **{
                code: {
                    "description": says,
                    "content": {
                        "application/problem+json": {
                            "schema": {"$ref": REF.format(model="Problem")}
                        }
                    },
                }
                for code, says in REFUSALS.items()
            },
        },
    }
    if one.media:
        entry["responses"]["206"] = {"description": "A range of it."}
        entry["responses"]["416"] = {"description": "The range lies outside the file."}
    if one.body is not Nothing:
        entry["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _schema(one.body, schemas)}},
        }
    return entry


def _answer(one: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": "As asked."}
    if one.answer is not None:
        answer["content"] = {"application/json": {"schema": _schema(one.answer, schemas)}}
    elif one.media:
        binary = {"type": "string", "format": "binary"}
        answer["content"] = {
            kind: {"schema": binary} for kind in (one.media, "audio/*", "video/*", "image/*")
        }
    return answer


def _parameters(model: type[Asked], where: str, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    if model is Nothing:
        return []
    whole = model.model_json_schema(ref_template=REF)
    schemas.update(whole.pop("$defs", {}))
    return [
        {
            "name": name,
            "in": where,
            "required": name in whole.get("required", ()),
            "schema": _plain(schema),
        }
        for name, schema in whole["properties"].items()
    ]


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is left out, never null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"]
    if len(kinds) != 1:
        return schema
    return {**kinds[0], "title": schema.get("title", "")}


def _schema(kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        whole = kind.model_json_schema(ref_template=REF)
        schemas.update(whole.pop("$defs", {}))
        schemas[kind.__name__] = whole
        return {"$ref": REF.format(model=kind.__name__)}
    whole = TypeAdapter(kind).json_schema(ref_template=REF)
    schemas.update(whole.pop("$defs", {}))
    return whole
