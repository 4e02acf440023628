"""Reading the settings: TOML and the environment, nowhere else.

`PASSERELLE_CONFIG` (or `--config`) names one file, `gateway.toml`. Every relative path written in it,
or in the `partners/` folder beside it, is relative to the folder of that one file. Unknown keys are
refused, secrets are given by path only, and every mistake is listed at once, in French.
"""

import os
import tomllib
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Meta

from gateway.errors import Misconfigured
from gateway.settings.coherence import of_all, of_main, of_partner
from gateway.settings.shapes import Main, Partner, Settings

S = TypeVar("S", bound=msgspec.Struct)


def config_path(given: Path | None) -> Path:
    """The settings file: the one given, else `PASSERELLE_CONFIG`. Raises `Misconfigured`."""
    path = given or (
        Path(os.environ["PASSERELLE_CONFIG"]) if "PASSERELLE_CONFIG" in os.environ else None
    )
    if path is None:
        raise Misconfigured("aucune configuration : donnez --config FICHIER ou PASSERELLE_CONFIG")
    return path


def credentials_folder() -> Path | None:
    """Where systemd put the secrets of this service (LoadCredential=), if it did."""
    given = os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(given) if given else None


def load(path: Path) -> Settings:
    """Read `gateway.toml` and its `partners/`. Raises `Misconfigured` with every mistake."""
    mistakes: list[str] = []
    main = _read(path, Main, mistakes)
    partners = [
        partner
        for file in sorted((path.parent / "partners").glob("*.toml"))
        if not file.name.endswith(".example.toml")
        and (partner := _read(file, Partner, mistakes)) is not None
    ]
    base = path.parent.resolve()
    mistakes += of_all(partners)
    mistakes += [f"{p.alias}.toml : {fault}" for p in partners for fault in of_partner(p, base)]
    mistakes += [f"{path.name} : {fault}" for fault in of_main(main)]
    if mistakes or main is None:
        raise Misconfigured("configuration refusée :\n" + "\n".join(f"  - {m}" for m in mistakes))
    return Settings(base=base, main=main, partners=tuple(partners))


def _read(path: Path, shape: type[S], mistakes: list[str]) -> S | None:
    faults: list[str] = []
    read: S | None = None
    try:
        read = _table(shape, tomllib.loads(path.read_text("utf-8")), "", faults)
    except FileNotFoundError:
        faults.append("fichier introuvable")
    except OSError:
        faults.append("fichier illisible")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(f"TOML illisible ({error})")
    mistakes += [f"{path.name} : {fault}" for fault in faults]
    return read


def _table(shape: type[S], table: object, place: str, faults: list[str]) -> S | None:
    """One table, or None once its faults are listed: msgspec alone would stop at the first."""
    if not isinstance(table, dict):
        faults.append(f"« {place.rstrip('.')} » doit être une table")
        return None
    already = len(faults)
    known = {field.encode_name: field for field in msgspec.structs.fields(shape)}
    faults += [f"clé inconnue « {place}{key} »" for key in sorted(table.keys() - known.keys())]
    faults += [
        f"« {place}{name} » manque"
        for name, field in known.items()
        if field.required and name not in table
    ]
    values = {
        name: _value(field.type, table[name], f"{place}{name}", faults)
        for name, field in known.items()
        if name in table
    }
    return None if len(faults) > already else shape(**values)


def _value(kind: Any, value: object, name: str, faults: list[str]) -> Any:  # noqa: ANN401 - a type hint
    inner = inner_table(kind)
    if inner is not None and get_origin(kind) is tuple:
        if not isinstance(value, list):
            faults.append(f"« {name} » doit être une liste de tables")
            return ()
        each = [_table(inner, item, f"{name}[{i}].", faults) for i, item in enumerate(value)]
        return tuple(each)
    if inner is not None:
        return _table(inner, value, f"{name}.", faults)
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        faults.append(f"« {name} » : attendu {spelled(kind)}")
    return None


def inner_table(kind: Any) -> type[msgspec.Struct] | None:  # noqa: ANN401 - a type hint
    """The struct that a field holds, alone, optional or repeated; None when it holds a value."""
    parts = (kind, *get_args(kind))
    return next((p for p in parts if isinstance(p, type) and issubclass(p, msgspec.Struct)), None)


def spelled(kind: Any) -> str:  # noqa: ANN401 - a type hint
    """What a setting must be, in French: its type in docs/reglages.md and in refusals."""
    if get_origin(kind) is Annotated:
        return next(str(m.description) for m in get_args(kind) if isinstance(m, Meta))
    if get_origin(kind) is Literal:
        return " ou ".join(f'"{choice}"' for choice in get_args(kind))
    if get_origin(kind) in {Union, UnionType}:
        return spelled(next(part for part in get_args(kind) if part is not NoneType))
    raise TypeError("a setting is annotated with what an administrator must write")
