"""The one file that reads TOML and the environment.

`PASSERELLE_CONFIG` (or `--config`) names one file, `gateway.toml`. Every relative path written in it,
or in the `partners/` folder beside it, is relative to the folder of that one file. Unknown keys are
refused, secrets are given by path only, and every mistake is listed at once, in French.
"""

import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from gateway.errors import Misconfigured

T = TypeVar("T")

GIBIBYTE = 1 << 30


class SftpPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A partner's SFTP account. `host_keys` are pinned: there is no way not to verify."""

    host: str
    port: int
    username: str
    client_key: str
    host_keys: tuple[str, ...]
    settle: Literal["archive", "delete"] = "archive"
    stable_seconds: float = 10.0


class HubeePlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One HubEE subscription: one credential, one process code."""

    token_url: str
    api_url: str
    client_id: str
    client_secret_file: str
    process_code: str
    attachment_types: tuple[str, ...]
    author: str = "Passerelle"


class FolderPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A local folder (pick-up, or another system's drop)."""

    path: str


class FlowLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A flow this partner sends us. `envelope = "hubee"` trusts the channel: it must be typed."""

    flow: str
    departement: str
    envelope: Literal["openpgp", "hubee"] = "openpgp"
    max_bytes: int = GIBIBYTE


class Partner(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An organisation that sends or receives, and where its files travel."""

    alias: str
    name: str
    siret: str
    openpgp_key: str | None = None
    sftp: SftpPlace | None = None
    hubee: HubeePlace | None = None
    folder: FolderPlace | None = None
    flows: tuple[FlowLine, ...] = ()


class Paths(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where state and keys live; never located from the source tree."""

    var: str
    keys: str
    room: str | None = None


class Database(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """SQLAlchemy URLs. Empty: SQLite under `paths.var`."""

    url: str = ""
    durable_url: str = ""


class VaultPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where sealed bytes rest. No `url`: a folder under `paths.var`; else a bucket (`s3://seau/prefixe`).

    `credentials_file` has two lines, id and secret. `allow_http` lets clear HTTP leave this machine.
    """

    url: str = ""
    endpoint: str = ""
    region: str = ""
    credentials_file: str = ""
    ca_file: str = ""
    allow_http: bool = False


class Ledger(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The log's origin line (C2SP checkpoint): a name that is yours for ever."""

    origin: str


class Clock(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When `serve` looks for files: minutes between two polls, and the jitter in seconds."""

    poll_minutes: int = 10
    jitter_seconds: int = 60


class Http(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The loopback door: health, ledger checkpoint and tiles."""

    host: str = "127.0.0.1"
    port: int = 8765


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


def _read(path: Path, shape: type[T], mistakes: list[str]) -> T | None:
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), shape)
    except FileNotFoundError:
        mistakes.append(f"{path.name} : fichier introuvable")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        mistakes.append(f"{path.name} : TOML illisible ({error})")
    except msgspec.ValidationError as error:
        mistakes.append(f"{path.name} : {error}")
    return None


def _twice(aliases: Sequence[str]) -> list[str]:
    return [
        f"partenaire déclaré deux fois : {a}"
        for a in sorted({a for a in aliases if aliases.count(a) > 1})
    ]
