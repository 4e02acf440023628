"""Which configuration of the rules is in force: of which département, on which day.

1. A département that decided nothing has the delays of our `AVANT_2025`, whatever the day: to pass to
   the law of 2025 changes the signals of everybody, and is decided by two people as any change is.
2. What was decided is read as it was written. A rule added to the code since then has no delay there: it
   is not evaluated before the département decides one.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Engine

from gateway.errors import Misconfigured
from gateway.rules.thresholds import AVANT_2025, Thresholds
from gateway.rules.written import differences, kept, read, toml
from gateway.store.approvals import Approval
from gateway.store.rule_versions import (
    Draft,
    RuleVersion,
    decided,
    digest,
    in_force,
    next_number,
    propose,
)


@dataclass(frozen=True, slots=True)
class Edition:
    """One version as it is published. `since` is null for ours: it is in force until another is decided."""

    thresholds: Thresholds
    digest: str
    since: date | None = None

    @property
    def version(self) -> str:
        """Its name, as signals bear it."""
        return self.thresholds.version


def ours() -> Edition:
    """What holds where nothing was decided."""
    return Edition(AVANT_2025, AVANT_2025.digest())


def edition_of(connection: Connection, departement: str, on: date) -> Edition:
    """The version in force in a département on a day. Raises `Misconfigured` if it was tampered with."""
    found = in_force(connection, departement, on)
    return ours() if found is None else edition(found)


def configuration_of(connection: Connection, departement: str, as_of: date) -> Thresholds:
    """What a crossing as of a day uses. Raises `Misconfigured`."""
    return edition_of(connection, departement, as_of).thresholds


def edition(found: RuleVersion) -> Edition:
    """Read one version that was decided. Raises `Misconfigured`."""
    if digest(found.content) != found.sha256:
        raise Misconfigured(
            f"la version {found.version} des règles n'est plus celle qui a été approuvée : "
            "restaurez la base, le journal dit son empreinte"
        )
    held = kept(found.content, found.version, departement=found.departement)
    return Edition(held, found.sha256, found.effective)


def editions(connection: Connection, departement: str) -> tuple[Edition, ...]:
    """Every version a département decided, in order. Raises `Misconfigured`."""
    return tuple(edition(each) for each in decided(connection, departement))


def draft(connection: Connection, departement: str, text: str, *, effective: date) -> Draft:
    """What a file would change on its day. Raises `Misconfigured` with every mistake, or when it changes nothing."""
    number = next_number(connection, departement)
    wanted = read(text, f"{departement}-{number}", departement=departement)
    present = edition_of(connection, departement, effective)
    changes = differences(present.thresholds, wanted)
    if not changes:
        raise Misconfigured(f"rien à décider : c'est déjà ce que dit {present.version}")
    content = toml(wanted, departement=departement)
    return Draft(departement, number, effective, content, present.version, changes)


def ask_for(engine: Engine, wanted: Draft, *, by: str, motive: str) -> Approval:
    """Ask a second person for it."""
    return propose(engine, wanted, by=by, motive=motive)
