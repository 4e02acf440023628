"""Read a TOML table as a frozen dataclass, saying everything that is wrong at once, in French.

msgspec judges each value and stops at its first error; a person who writes a file wants them all.
Unknown keys are errors: a misspelt restriction must not pass for no restriction.
"""

from dataclasses import MISSING, fields, is_dataclass
from typing import Any, get_type_hints

import msgspec


def read_table(kind: type, table: object, faults: list[str], *, place: str = "") -> dict[str, Any]:
    """Return the values that could be read, by field; add to `faults` what could not."""
    if not isinstance(table, dict):
        faults.append(f"« {place.rstrip('.')} » doit être une table")
        return {}
    hints = get_type_hints(kind, include_extras=True)
    faults += [f"clé inconnue « {place}{key} »" for key in sorted(table.keys() - hints.keys())]
    values: dict[str, Any] = {}
    for item in fields(kind):
        if item.name in table:
            name = f"{place}{item.name}"
            values |= _read(item.name, hints[item.name], table[item.name], faults, name=name)
        elif item.default is MISSING:
            faults.append(f"« {place}{item.name} » manque")
    return values


def _read(key: str, kind: type, value: object, faults: list[str], *, name: str) -> dict[str, Any]:
    if is_dataclass(kind):
        already = len(faults)
        inner = read_table(kind, value, faults, place=f"{name}.")
        return {} if len(faults) > already else {key: kind(**inner)}
    try:
        return {key: msgspec.convert(value, kind)}
    except msgspec.ValidationError:
        faults.append(f"« {name} » n'a pas la forme attendue")
        return {}
