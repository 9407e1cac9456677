"""The JSON Schema of params.yaml: an editor that reads it completes keys, shows what they do and marks wrong values.

Kept in pipeline/params.schema.json: `python -m pipeline.config --schema > pipeline/params.schema.json`.
What spans several values (low <= high, rungs that exist, severities that grow) only `--check` finds.
"""

import dataclasses
import json
from typing import get_args, get_origin

from pipeline.categories import NAME
from pipeline.fields import comment_of, kinds_of
from pipeline.params import EffectParams, Params

NAMES = {int: "integer", float: "number", bool: "boolean", str: "string"}
RUNG = {"pattern": "^[A-Za-z0-9_]*[A-Za-z0-9][A-Za-z0-9_]*$", "not": {"const": "real_only"}}

CATEGORY = {"pattern": NAME}


def schema_text() -> str:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "params.yaml", **schema_of(Params)}
    return json.dumps(schema, indent=1) + "\n"


def schema_of(kind: type) -> dict:
    """The schema of a dataclass: every key is required, no other is allowed."""
    fields = dataclasses.fields(kind)
    return {
        "type": "object",
        "properties": {field.name: {"description": comment_of(field), **_values(field)} for field in fields},
        "required": [field.name for field in fields],
        "additionalProperties": False,
    }


def _values(field: dataclasses.Field) -> dict:
    """What a key may hold."""
    kind, origin, args = field.type, get_origin(field.type), get_args(field.type)
    if dataclasses.is_dataclass(kind):
        return schema_of(kind)
    if kinds_of(field):
        groups = {"oneOf": [schema_of(variant) for variant in kinds_of(field).values()]}
        return {"type": "object", "propertyNames": CATEGORY, "minProperties": 1, "additionalProperties": groups}
    if origin is dict:  # rungs: name -> effects
        effects = {"enum": [effect.name for effect in dataclasses.fields(EffectParams)]}
        return {
            "type": "object",
            "propertyNames": RUNG,
            "additionalProperties": {"type": "array", "items": effects},
        }
    if origin is tuple:
        some = args[-1] is Ellipsis
        if get_origin(args[0]) is tuple:  # lists of lists of sections
            inner = {"type": "array", "items": schema_of(get_args(args[0])[0])}
            return {"type": "array", "items": inner}
        length = {"minItems": 1} if some else {"minItems": len(args), "maxItems": len(args)}
        return {"type": "array", "items": _one(args[0], field.metadata), **length}
    return _one(kind, field.metadata)


def _one(kind: type, metadata) -> dict:
    """A single value, or one of a list."""
    if "kind" in metadata:
        return {"const": metadata["kind"]}
    if "choices" in metadata:
        return {"enum": list(metadata["choices"])}
    limits = {}
    if "bounds" in metadata:
        limits = dict(zip(("minimum", "maximum"), metadata["bounds"], strict=True))
        if metadata["multiple_of"]:
            limits["multipleOf"] = metadata["multiple_of"]
    return {"type": NAMES[kind], **limits}
