"""The one file that reads TOML and the environment.

`PASSERELLE_CONFIG` (or `--config`) names one file, `gateway.toml`. Every relative path written in it,
or in the `partners/` folder beside it, is relative to the folder of that one file. Unknown keys are
refused, secrets are given by path only, and every mistake is listed at once, in French.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin
from urllib.parse import parse_qs, urlsplit

import msgspec
from msgspec import Meta

from gateway.errors import Misconfigured
from schemas.registry import CONTRACTS

S = TypeVar("S", bound=msgspec.Struct)

GIBIBYTE = 1 << 30

# `description` is what an administrator reads when the value does not fit.
Text = Annotated[str, Meta(pattern=r"\S", description="texte")]
Alias = Annotated[
    str, Meta(pattern=r"\A[a-z0-9][a-z0-9-]{0,62}\Z", description="minuscules, chiffres et tirets")
]
KeyFile = Annotated[
    str, Meta(pattern=r"\A[a-z0-9][a-z0-9-]{0,62}\.asc\Z", description="nom de fichier en .asc")
]
Siret = Annotated[str, Meta(pattern=r"\A[0-9]{14}\Z", description="14 chiffres")]
Departement = Annotated[
    str, Meta(pattern=r"\A([0-9]{2}|2[AB]|9[78][0-9])\Z", description="code de département")
]
Port = Annotated[int, Meta(ge=1, le=65535, description="port, de 1 à 65535")]
Positive = Annotated[int, Meta(ge=1, description="entier positif")]
Seconds = Annotated[int, Meta(ge=0, description="secondes")]
Delay = Annotated[float, Meta(ge=0, description="secondes")]
Word = Annotated[str, Meta(description="texte")]  # may be empty
Switch = Annotated[bool, Meta(description="true ou false")]
Texts = Annotated[tuple[Text, ...], Meta(min_length=1, description="liste de textes")]
Url = Annotated[str, Meta(description="URL SQLAlchemy, sans mot de passe")]


class SftpPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A partner's SFTP account. `host_keys` are pinned: there is no way not to verify."""

    host: Text
    port: Port
    username: Text
    client_key: Text
    host_keys: Texts
    settle: Literal["archive", "delete"] = "archive"
    stable_seconds: Delay = 10.0


class HubeePlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One HubEE subscription: one credential, one process code."""

    token_url: Text
    api_url: Text
    client_id: Text
    client_secret_file: Text
    process_code: Text
    attachment_types: Texts
    author: Text = "Passerelle"


class FolderPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A local folder (pick-up, or another system's drop)."""

    path: Text


class FlowLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A flow this partner sends us. `envelope = "hubee"` trusts the channel: it must be typed."""

    flow: Text
    departement: Departement
    envelope: Literal["openpgp", "hubee"] = "openpgp"
    max_bytes: Positive = GIBIBYTE


class Partner(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An organisation that sends or receives, and where its files travel.

    `openpgp_key` is a file of `keys/partners/`; by default it is named after the alias.
    """

    alias: Alias
    name: Text
    siret: Siret
    openpgp_key: KeyFile | None = None
    sftp: SftpPlace | None = None
    hubee: HubeePlace | None = None
    folder: FolderPlace | None = None
    flows: tuple[FlowLine, ...] = ()

    @property
    def key_name(self) -> str:
        """The name of its public key in the keyring."""
        return (self.openpgp_key or self.alias).removesuffix(".asc")


class Paths(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where state and keys live; never located from the source tree."""

    var: Text
    keys: Text
    room: Text | None = None


class Database(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """SQLAlchemy URLs. Empty: SQLite under `paths.var`. A password is a secret: `passfile` names its file."""

    url: Url = ""
    durable_url: Url = ""


class VaultPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where sealed bytes rest. No `url`: a folder under `paths.var`; else a bucket (`s3://seau/prefixe`).

    `credentials_file` has two lines, id and secret. `allow_http` lets clear HTTP leave this machine.
    """

    url: Word = ""
    endpoint: Word = ""
    region: Word = ""
    credentials_file: Word = ""
    ca_file: Word = ""
    allow_http: Switch = False


class Ledger(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The log's origin line (C2SP checkpoint): a name that is yours for ever."""

    origin: Text


class Clock(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When `serve` looks for files: minutes between two polls, and the jitter in seconds."""

    poll_minutes: Positive = 10
    jitter_seconds: Seconds = 60


class Http(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The loopback door: health, ledger checkpoint and tiles."""

    host: Text = "127.0.0.1"
    port: Port = 8765


class Main(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`gateway.toml`."""

    paths: Paths
    ledger: Ledger
    database: Database = Database()
    vault: VaultPlace = VaultPlace()
    clock: Clock = Clock()
    http: Http = Http()


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything, resolved: `base` is the folder of `gateway.toml`."""

    base: Path
    main: Main
    partners: tuple[Partner, ...]
    habilitations: tuple[Path, ...]

    @property
    def var(self) -> Path:
        """Where our state lives."""
        return self.path(self.main.paths.var)

    @property
    def ledger_folder(self) -> Path:
        """Where the ledger is published."""
        return self.var / "journal"

    @property
    def database_url(self) -> str:
        """The database of verdicts and references."""
        return self.main.database.url or f"sqlite:///{self.var / 'passerelle.sqlite'}"

    @property
    def durable_url(self) -> str:
        """The notebook of durable execution."""
        return self.main.database.durable_url or f"sqlite:///{self.var / 'travaux.sqlite'}"

    def path(self, written: str) -> Path:
        """A path as written in a settings file, made absolute."""
        return (self.base / Path(written).expanduser()).resolve()

    def partner(self, alias: str) -> Partner:
        """The partner of that alias. Raises `Misconfigured`."""
        for partner in self.partners:
            if partner.alias == alias:
                return partner
        raise Misconfigured(f"partenaire inconnu : {alias}")


def config_path(given: Path | None) -> Path:
    """The settings file: the one given, else `PASSERELLE_CONFIG`. Raises `Misconfigured`."""
    path = given or (
        Path(os.environ["PASSERELLE_CONFIG"]) if "PASSERELLE_CONFIG" in os.environ else None
    )
    if path is None:
        raise Misconfigured("aucune configuration : donnez --config FICHIER ou PASSERELLE_CONFIG")
    return path


def load(path: Path) -> Settings:
    """Read `gateway.toml` and its `partners/` and `habilitations/`. Raises `Misconfigured` with every mistake."""
    mistakes: list[str] = []
    main = _read(path, Main, mistakes)
    partners = [
        partner
        for file in sorted((path.parent / "partners").glob("*.toml"))
        if not file.name.endswith(".example.toml")
        and (partner := _read(file, Partner, mistakes)) is not None
    ]
    mistakes += _twice([p.alias for p in partners])
    mistakes += [f"{p.alias}.toml : {fault}" for p in partners for fault in _across(p)]
    mistakes += [f"{path.name} : {fault}" for fault in _passwords(main)]
    if mistakes or main is None:
        raise Misconfigured("configuration refusée :\n" + "\n".join(f"  - {m}" for m in mistakes))
    habilitations = tuple(
        file
        for file in sorted((path.parent / "habilitations").glob("*.toml"))
        if not file.name.endswith(".example.toml")
    )
    return Settings(
        base=path.parent.resolve(), main=main, partners=tuple(partners), habilitations=habilitations
    )


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


def _across(partner: Partner) -> Iterator[str]:
    """What is wrong in a partner whose values are each right."""
    places = [p for p in (partner.sftp, partner.hubee, partner.folder) if p is not None]
    if len(places) != 1:
        yield "un lieu d'échange et un seul : [sftp], [hubee] ou [folder]"
    lines = [(line.flow, line.departement) for line in partner.flows]
    known = {flow for flow, _ in CONTRACTS}
    for flow, departement in sorted(set(lines)):
        if flow not in known:
            yield f"flux inconnu : {flow} (connus : {', '.join(sorted(known))})"
        if lines.count((flow, departement)) > 1:
            yield f"flux déclaré deux fois : {flow} pour {departement}"
    if partner.hubee is None and any(line.envelope == "hubee" for line in partner.flows):
        yield 'envelope = "hubee" ne vaut que par HubEE : ailleurs un fichier est chiffré et signé'


def _passwords(main: Main | None) -> Iterator[str]:
    urls: Mapping[str, str] = msgspec.to_builtins(main.database) if main is not None else {}
    for name, url in urls.items():
        if urlsplit(url).password is not None or "password" in parse_qs(urlsplit(url).query):
            yield f"« database.{name} » porte un mot de passe : nommez un fichier par « ?passfile= »"


def _twice(aliases: Sequence[str]) -> list[str]:
    return [
        f"partenaire déclaré deux fois : {a}"
        for a in sorted({a for a in aliases if aliases.count(a) > 1})
    ]
