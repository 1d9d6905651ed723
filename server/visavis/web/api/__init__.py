"""The REST API under ``/api``: what was kept, read back and judged.

An operation is a handler with a decorator, in the module of its subject::

    @operation("GET", "/sessions/{id}", Role.CALLER, path=ById, answer=Session)
    async def session(
        context: ApiContext, who: Person, given: Given[ById, Nothing, Nothing]
    ) -> Row:
        "One session."

Path, query and body are pydantic models that forbid what they don't name; the answer's model and
they make the OpenAPI document (``/api/openapi.json``). Whatever is wrong is answered with a
problem document whose ``errors`` name each field. The module is listed in `routes.MODULES`.
"""
