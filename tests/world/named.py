"""A département whose facts and signals are sealed under our names: enough to rename everybody."""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import polars as pl
from sqlalchemy import Engine, insert

from gateway.archive import Archive
from gateway.pseudonym import JOURNEYS, Domain, Pseudonymiser
from gateway.rekeying import Files
from gateway.secret import Secret
from gateway.store.approvals import Approval, decide
from gateway.store.deeds import DEEDS
from gateway.store.deliveries import Passport, keep_treated
from gateway.store.epochs import ask_rotation
from gateway.store.releases import keep_crossing
from gateway.store.tables import IDENTITY_INDEX
from gateway.vault import Unsealer, Vault, generate_identity, open_folder
from tests.world.records import DAY, collected, crossed, entry, passport, treated


@dataclass
class Named:
    """Deliveries of one CD and a crossing over them; `people` are the subjects of each département."""

    files: Files
    vaults: tuple[Path, Path]
    people: dict[str, list[str]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)

    @property
    def engine(self) -> Engine:
        return self.files.engine

    def names(self, departement: str, domain: Domain = JOURNEYS) -> dict[str, str]:
        """Name → subject."""
        subjects = self.people[departement]
        return dict(
            zip(Pseudonymiser(self.files.master, domain).of_all(subjects), subjects, strict=True)
        )

    def deliver(
        self,
        delivery: str,
        departement: str = "08",
        *,
        people: int = 6,
        domain: Domain = JOURNEYS,
        gone: int = 0,
    ) -> Passport:
        """One accepted file of everybody so far but the `gone` first, and of `people` more."""
        known = self.people.setdefault(departement, [])
        known += [secrets.token_hex(16) for _ in range(people)]
        index = pl.DataFrame({"SUBJECT": sorted(known)})
        identities = pl.DataFrame(
            {"SUBJECT": known, "ID_CD": [f"{departement}-{n:04}" for n in range(len(known))]}
        ).slice(gone)
        # CAS: what journeys say of somebody, so that a test may see that each kept its own facts.
        facts = pl.DataFrame({"SUBJECT": known, "CAS": [f"cas de {who}" for who in known]})
        given = passport(
            delivery,
            departement=departement,
            partner=f"cd-{departement}",
            reference_date=DAY + timedelta(days=len(self.versions)),
        )
        version = self.versions.get(departement, 0)
        kept = treated(
            delivery,
            base_version=version,
            facts=self.files.journeys.write(self.sealable(facts, domain)),
            identities=self.files.identities.write(identities),
            index=self.files.identities.write(index),
        )
        keep_treated(self.engine, given, collected(delivery), kept, entry(delivery))
        self.versions[departement] = version + 1
        return given

    def cross(self, key: str, departement: str = "08", domain: Domain = JOURNEYS) -> None:
        """A crossing with signals, people, and the lives of no signal yet."""
        known = self.people[departement]
        rows = pl.DataFrame({"SUBJECT": known[:3], "CAS": [f"signal de {w}" for w in known[:3]]})
        everybody = pl.DataFrame({"SUBJECT": known, "CAS": [f"grade de {w}" for w in known]})
        frames = {
            "signals": self.sealable(rows, domain),
            "people": self.sealable(everybody, domain),
            "lives": self.sealable(rows.clear(), domain),
        }
        digests = {name: self.files.journeys.write(frame) for name, frame in frames.items()}
        keep_crossing(self.engine, crossed(key, departement=departement, **digests), entry(key))

    def sealable(self, frame: pl.DataFrame, domain: Domain) -> pl.DataFrame:
        names = Pseudonymiser(self.files.master, domain).of_series(frame.get_column("SUBJECT"))
        return frame.select(names.alias("PERSONNE"), "CAS").sort("PERSONNE")

    def rotate(self, epoch: str | None = None) -> Approval:
        """Two people change the epoch of our own domain."""
        asked = ask_rotation(
            self.engine, JOURNEYS.recipient, JOURNEYS.purpose, epoch, by="alice", motive="annuelle"
        )
        return decide(self.engine, asked.id, by="bruno", agrees=True, then=DEEDS[asked.matter])

    def forget(self, departement: str, subject: str) -> None:
        """The index knows this subject no more; the frames still name it."""
        kept = [one for one in self.people[departement] if one != subject]
        digest = self.files.identities.write(pl.DataFrame({"SUBJECT": kept}))
        self.versions[departement] += 1
        values = {"departement": departement, "version": self.versions[departement]}
        with self.engine.begin() as connection:
            connection.execute(insert(IDENTITY_INDEX).values(digest=digest, **values))

    def sealed(self) -> set[str]:
        """The digests of the journeys that stand in the vault."""
        return {path.stem for path in self.vaults[0].rglob("*.age")}


def named(folder: Path, engine: Engine) -> Named:
    """An empty house: `deliver` and `cross` fill it."""
    vaults = folder / "journeys", folder / "identities"
    journeys, identities = (_archive(vault) for vault in vaults)
    files = Files(engine, journeys, identities, Secret(secrets.token_bytes(32)))
    return Named(files, vaults)


def _archive(folder: Path) -> Archive:
    pair, store = generate_identity(), open_folder(folder)
    return Archive(Vault(store, [pair.public]), Unsealer(store, [pair.secret]))
