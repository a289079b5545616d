"""The JSON Schema of every kind of event, as ``schemas/events`` holds them and as an audit pack carries them."""

from __future__ import annotations

import json

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from ledger.events import REGISTRY


class Complete(GenerateJsonSchema):
    """What is written holds every field, with its default when nothing was said, but terms that came later."""

    def field_is_required(
        self,
        field: core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField,
        total: bool,
    ) -> bool:
        return not field.get("serialization_exclude", False) and "serialization_exclude_if" not in field


def schemas() -> dict[str, str]:
    """The text of each schema by the name of its file."""
    written = {}
    for topic, cls in sorted(REGISTRY.items()):
        body = cls.model_json_schema(mode="serialization", schema_generator=Complete)
        schema = {"$schema": Complete.schema_dialect, "$id": f"{topic}.json", **body, "title": topic}
        written[f"{topic}.json"] = json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    return written
