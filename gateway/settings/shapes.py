"""The settings as they are once read: one struct per table of a file, and `Settings` over them all."""

from pathlib import Path
from typing import Literal

import msgspec

from gateway.errors import Misconfigured
from gateway.settings.admission import Admission
from gateway.settings.alerts import Alerts
from gateway.settings.antivirus import Antivirus
from gateway.settings.cms import CmsTerms
from gateway.settings.expected import Expected
from gateway.settings.hubee import HubeeOutletPlace, HubeePlace
from gateway.settings.indicators import Indicators
from gateway.settings.openpgp import OpenPgpTerms
from gateway.settings.pseudonyms import Pseudonyms
from gateway.settings.rdv_insertion import RdvInsertionPlace
from gateway.settings.retention import Retention
from gateway.settings.sftp import SftpPlace
from gateway.settings.users_lists import UsersList
from gateway.settings.values import (
    GIBIBYTE,
    Alias,
    Departement,
    Port,
    Positive,
    Seconds,
    Share,
    Siret,
    Switch,
    Text,
    Url,
    Word,
)


class FolderPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A local folder (pick-up, or another system's drop)."""

    path: Text
    ready: Literal["rename", "ok", "manifest"] = "rename"


class ApiPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Our own API: the partner deposits and fetches there. Its client is declared apart (`client add`).

    `keep_days`: how long what it may fetch stays there; `copies_per_day`: how many times each release
    may leave in one day (UTC).
    """

    keep_days: Positive = 60
    copies_per_day: Positive = 10


class FlowLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A flow this partner sends us. `envelope = "hubee"` trusts the channel: it must be typed.

    `sequence`: what becomes of a number older than the last (refused, accepted, not looked at).
    `reject_threshold`: what a convention asks, never more than the contract of the flow.
    """

    flow: Text
    departement: Departement
    envelope: Literal["openpgp", "hubee", "cms"] = "openpgp"
    max_bytes: Positive = GIBIBYTE
    sequence: Literal["strict", "lenient", "none"] = "strict"
    same_period: Literal["replace", "refuse"] = "replace"
    reject_threshold: Share | None = None
    expected: Expected | None = None


class Partner(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An organisation that sends or receives, and where its files travel. Its keys are approved, not written here.

    Where it can answer to what it receives, `answer_hours` of silence are an alert.
    """

    alias: Alias
    name: Text
    siret: Siret
    openpgp: OpenPgpTerms = OpenPgpTerms()
    sftp: SftpPlace | None = None
    hubee: HubeePlace | None = None
    folder: FolderPlace | None = None
    api: ApiPlace | None = None
    cms: CmsTerms | None = None
    hubee_outlet: HubeeOutletPlace | None = None
    rdv_insertion: RdvInsertionPlace | None = None
    flows: tuple[FlowLine, ...] = ()
    answer_hours: Positive = 48


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


class Api(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The door of the API `/v1`, over TLS; closed while no address is written.

    `address`: what clients call, and the audience of their tokens. `client_ca_file`: the authority of their
    certificates, where tokens are bound to one. `allow_http`: a proxy of this machine does the TLS.
    """

    address: Word = ""
    host: Text = "127.0.0.1"
    port: Port = 8443
    certificate_file: Word = ""
    key_file: Word = ""
    client_ca_file: Word = ""
    allow_http: Switch = False
    requests_per_minute: Positive = 600
    datapass_secret_file: Word = ""
    webhooks_to_private: Switch = False


class Operators(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who acts from the command line. `declared` believes `--par NOM`: a machine of one account only."""

    identity: Literal["account", "declared"] = "account"


class Main(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`gateway.toml`."""

    paths: Paths
    ledger: Ledger
    antivirus: Antivirus = Antivirus()  # no choice, no start
    database: Database = Database()
    vault: VaultPlace = VaultPlace()
    clock: Clock = Clock()
    alerts: Alerts = Alerts()
    http: Http = Http()
    api: Api = Api()
    operators: Operators = Operators()
    admission: Admission = Admission()
    retention: Retention = Retention()
    pseudonyms: Pseudonyms = Pseudonyms()
    indicators: Indicators = Indicators()
    users_lists: tuple[UsersList, ...] = ()


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything, resolved: `base` is the folder of `gateway.toml`."""

    base: Path
    main: Main
    partners: tuple[Partner, ...]

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

    @property
    def departements(self) -> tuple[str, ...]:
        """Those our partners send files about, sorted."""
        lines = [line for partner in self.partners for line in partner.flows]
        return tuple(sorted({line.departement for line in lines}))

    def path(self, written: str) -> Path:
        """A path as written in a settings file, made absolute."""
        return (self.base / Path(written).expanduser()).resolve()

    def partner(self, alias: str) -> Partner:
        """The partner of that alias. Raises `Misconfigured`."""
        for partner in self.partners:
            if partner.alias == alias:
                return partner
        raise Misconfigured(f"partenaire inconnu : {alias}")
