"""A house that holds several versions of one flow: a folder laid out like ours."""

import json
from pathlib import Path

from schemas.registry import Registry, held_in, published


def two_majors(folder: Path) -> Registry:
    """`cd-parcours` 1.0.0 as published, 1.1.0 that asks for STRUCTURE, 2.0.0 that does not."""
    schema = json.loads(published("cd-parcours", "1.0.0"))
    (folder / "cd-parcours").mkdir()
    (folder / "cd-parcours" / "CHANGELOG.md").write_text("# Journal\n", encoding="utf-8")
    asked = [
        field | {"constraints": {"required": True}} if field["name"] == "STRUCTURE" else field
        for field in schema["fields"]
    ]
    versions = {
        "1.0.0": schema,
        "1.1.0": schema | {"version": "1.1.0", "fields": asked},
        "2.0.0": schema
        | {
            "version": "2.0.0",
            "nom_de_fichier": schema["nom_de_fichier"].replace("_V1", "_V2"),
        },
    }
    for version, written in versions.items():
        (folder / "cd-parcours" / version).mkdir()
        place = folder / "cd-parcours" / version / "schema.json"
        place.write_text(json.dumps(written), encoding="utf-8")
    return held_in(folder)
