"""What is documented: the API's operations, the settings, the messages of the channel."""

from typing import Any

import aiohttp

from .node import Node
from .shapes import Shape

DOCUMENTED = ("get", "put", "post", "patch", "delete")


async def api(node: Node) -> Shape:
    """Operations with their parameters and fields as documented, and the fields that the readings
    without a parameter of their own really have."""
    async with aiohttp.ClientSession(
        node.url, headers={"Authorization": f"Bearer {node.token}"}
    ) as http:
        async with http.get("/api/openapi.json") as answer:
            document = await answer.json()
        operations: Shape = {}
        answers: Shape = {}
        for path, methods in sorted(document["paths"].items()):
            for method in DOCUMENTED:
                if method in methods:
                    operations[f"{method.upper()} {path}"] = _operation(methods[method])
            if "get" in methods and "{" not in path:
                async with http.get(path) as answer:
                    answers[path] = [answer.status, *await _answer(answer)]
        async with http.get("/api/sessions") as answer:
            listed = await answer.json()
        sessions = next(one for one in listed.values() if isinstance(one, list))
        for path in sorted(document["paths"]):
            of_one = path.startswith("/api/sessions/{id}") and path.count("{") == 1
            if of_one and "get" in document["paths"][path]:
                async with http.get(path.format(id=sessions[-1]["id"])) as answer:
                    answers[path] = [answer.status, *await _answer(answer)]
    schemas = {
        name: {field: _type(said) for field, said in sorted(schema.get("properties", {}).items())}
        for name, schema in sorted(document["components"]["schemas"].items())
    }
    return {"operations": operations, "schemas": schemas, "answers": answers}


async def _answer(answer: aiohttp.ClientResponse) -> list[str]:
    if answer.content_type != "application/json":
        return [answer.content_type]
    told = await answer.json()
    if not isinstance(told, dict):
        return [type(told).__name__]
    names = list(told)
    for name, value in told.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            names += [f"{name}[].{field}" for field in value[0]]
    return sorted(names)


def _operation(said: dict[str, Any]) -> Shape:
    found: Shape = {
        "parameters": [
            f"{one['in']} {one['name']}{'' if one.get('required') else '?'}: {_type(one['schema'])}"
            for one in said.get("parameters", [])
        ],
        "statuses": sorted(said.get("responses", {})),
    }
    if "requestBody" in said:
        bodies = said["requestBody"]["content"].values()
        found["body"] = sorted(_type(one["schema"]) for one in bodies)
    good = [one for code, one in sorted(said["responses"].items()) if code < "300"]
    ok: dict[str, Any] = good[0] if good else {}
    found["answer"] = sorted(
        f"{kind}: {_type(one['schema'])}" for kind, one in ok.get("content", {}).items()
    )
    return found


def _type(schema: dict[str, Any]) -> str:
    """A schema in a line."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " | ".join(map(_type, schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}]"
    return str(schema.get("format") or schema.get("type") or schema.get("const") or "any")


def settings(schema: dict[str, Any]) -> dict[str, str]:
    """Every key with its type and default."""
    definitions = schema.get("$defs", {})
    found: dict[str, str] = {}

    def walk(node: dict[str, Any], prefix: str) -> None:
        for name, one in node.get("properties", {}).items():
            key = f"{prefix}{name}"
            inner = definitions.get(str(one.get("$ref", "")).rsplit("/", 1)[-1])
            if inner and "properties" in inner:
                walk(inner, f"{key}.")
            else:
                found[key] = f"{_type(one)} = {one.get('default', 'required')!r}"

    walk(schema, "")
    return found


def messages(schema: dict[str, Any]) -> Shape:
    """Of either side's messages: the fields, and which are needed."""
    found: Shape = {}
    for side in ("server", "caller"):
        for one in schema["$defs"][side]["oneOf"]:
            title = one["title"].split(":")[0]
            needed = one.get("required", [])
            found[f"{side} {title}"] = [
                f"{name}{'' if name in needed else '?'}" for name in sorted(one["properties"])
            ]
    return found
