"""Small contracts made in a test: columns of plain text, and what the test adds to them."""

import json
from collections.abc import Mapping, Sequence

from schemas.contract import Contract
from schemas.registry import published
from schemas.table_schema import parse_contract

COLUMN: Mapping[str, object] = {
    "title": "x",
    "description": "x",
    "type": "string",
    "categorie": "parcours",
    "sort": "porte",
    "fondement": "x",
}


def small(fields: Sequence[Mapping[str, object]], **more: object) -> Contract:
    """A CSV contract of these columns, without a rule, that refuses no file for its rejects."""
    schema = json.loads(published("cd-parcours"))
    schema |= {"fields": [{**COLUMN, **each} for each in fields], "custom_checks": []}
    for whole in ("ensemble_complet", "personne", "disparition"):
        schema.pop(whole, None)
    return parse_contract(json.dumps(schema | {"seuil_rejet": 1.0, **more}))
