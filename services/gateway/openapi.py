"""The OpenAPI 3.1 document, from the same descriptors as the routes."""

from collections.abc import Iterable, Mapping, Sequence

from services.gateway.problems import MEDIA_TYPE
from services.gateway.rpcs import Rpc
from services.gateway.schemas import Schema, Schemas

ABOUT = """\
Answers are JSON with snake_case names; fields without presence are always printed, 64-bit integers
as text, instants as RFC 3339 in UTC. Requests may use snake_case or lowerCamelCase; an unknown
field is refused by name.

**Safe to repeat.** A request with a `request_id` is done once, however often it is sent. If you
send none, the header `Idempotency-Key` is taken, else the door makes one up: **a client that
retries must send its own**, the same (a random UUID) for every try.

**Time.** A call may take ten seconds; the header `X-Timeout-Ms` shortens that.

**Errors** are `application/problem+json` with a stable `reason`. 429 and 503 carry `Retry-After`.
A call that declares danger to life (its `urgent` field) passes the ordinary limits.
"""
TEXT: Schema = {"type": "string"}
PROBLEM: Schema = {
    "type": "object",
    "description": "RFC 9457. `reason` is stable; `detail` is for people.",
    "required": ["type", "title", "status", "detail", "reason", "request_id", "trace_id"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:estafet:INVALID"]},
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
        "reason": TEXT,
        "request_id": TEXT,
        "trace_id": TEXT,
        "service": {**TEXT, "description": "The service that could not answer."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": TEXT, "rule": TEXT, "message": TEXT},
            },
        },
    },
}


def openapi(rpcs: Iterable[Rpc], comments: Mapping[str, str], version: str) -> Schema:
    """The whole document."""
    schemas = Schemas(comments)
    schemas.components["Problem"] = PROBLEM
    paths: dict[str, dict[str, object]] = {}
    tags: dict[str, Schema] = {}
    for rpc in rpcs:
        service = rpc.method.containing_service
        tags[rpc.peer] = {"name": rpc.peer, "description": schemas.comment(service.full_name)}
        paths.setdefault(rpc.path, {})[rpc.verb.lower()] = _operation(rpc, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Estafet", "version": version, "description": ABOUT},
        "tags": list(tags.values()),
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.components.items())),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


def _operation(rpc: Rpc, schemas: Schemas) -> Schema:
    comment = schemas.comment(rpc.method.full_name)
    operation: Schema = {
        "operationId": f"{rpc.peer}.{rpc.method.name}",
        "tags": [rpc.peer],
        "summary": rpc.method.name,
        "description": f"{comment}\n{_who_may(rpc)}".strip(),
        "parameters": [*_parameters(rpc, schemas), *_headers(rpc)],
        "responses": _responses(rpc, schemas),
        "security": [{}] if rpc.permission.public else [{"token": []}],
    }
    if rpc.takes_body:
        body = schemas.of_message(rpc.input, without=rpc.variables)
        content = {"application/json": {"schema": body}}
        operation["requestBody"] = {"required": "required" in body, "content": content}
    return operation


def _who_may(rpc: Rpc) -> str:
    permission = rpc.permission
    if permission.public:
        return "Who may: anyone."
    who = [role.replace("_", " ") for role in permission.roles]
    who += ["the matter's holder"] if permission.holder else []
    own = permission.own_role or "complainant"
    who += [f"the {own}, for their own matter"] if permission.own_matter else []
    return f"Who may: {', '.join(who)}."


def _parameters(rpc: Rpc, schemas: Schemas) -> Sequence[Schema]:
    found: list[Schema] = []
    for field in rpc.input.fields:
        in_path = field.name in rpc.variables
        if not in_path and rpc.takes_body:
            continue
        schema = schemas.of_field(field)
        description = schema.pop("description", "")
        needed = in_path or field.name in _required(rpc, schemas)
        place = "path" if in_path else "query"
        parameter: Schema = {"name": field.name, "in": place, "required": needed, "schema": schema}
        found.append({**parameter, "description": description} if description else parameter)
    return found


def _required(rpc: Rpc, schemas: Schemas) -> Sequence[str]:
    needed = schemas.of_message(rpc.input).get("required", [])
    return needed if isinstance(needed, list) else []


def _headers(rpc: Rpc) -> Sequence[Schema]:
    if not rpc.needs_request_id:
        return ()
    description = "The request_id, if the body has none. A client that retries must send its own."
    schema = {"type": "string", "format": "uuid"}
    return (
        {"name": "Idempotency-Key", "in": "header", "description": description, "schema": schema},
    )


def _responses(rpc: Rpc, schemas: Schemas) -> Schema:
    answer = {"application/json": {"schema": schemas.refer(rpc.method.output_type)}}
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        "200": {"description": "Done.", "content": answer},
        "default": {"description": "Refused, or not possible now.", "content": problem},
    }
