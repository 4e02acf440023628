"""A partner from its first day to its last, as an administrator types it."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.speech import Exit
from gateway.cms import describe_certificate
from gateway.keymaking import create_keys
from gateway.keyring import Keyring, Use
from gateway.pgp import encrypt, fingerprint_of, generate_key
from gateway.rounds import go_round, running
from gateway.secret import KeyPair
from gateway.settings import load
from gateway.store.database import open_engine
from gateway.store.deliveries import all_deliveries, latest_partition
from schemas.generator.departement import write_departement
from tests.world.cms import Signer
from tests.world.furnished import CONFIG, document, run
from tests.world.town import QUICK

DECLARED = '[operators]\nidentity = "declared"\n'


class House:
    """A gateway with no partner yet, and one département's files."""

    def __init__(self, root: Path, theirs: KeyPair) -> None:
        self.root, self.theirs = root, theirs
        self.place = root / "lieu"

    @property
    def config(self) -> Path:
        return self.root / "config" / "gateway.toml"

    def type(self, *words: str, by: str = "alice", json: bool = False) -> Any:
        said = [*words, "--par", by] if words[0] in {"approval", "key"} else [*words]
        if words[0] == "partner" and words[1] not in {"list", "show"}:
            said = [*words, "--par", by]
        if words[:2] in {("approval", "list"), ("approval", "show"), ("key", "list")}:
            said = [*words]
        return run(*said, "--config", self.config, *(["--json"] if json else []))

    def add(self) -> Any:
        return self.type(
            "partner", "add", "cd-08", "--nom", "CD des Ardennes (essai)",
            "--siret", "00000000000018", "--dossier", str(self.place), "--flux", "cd-parcours:08",
        )  # fmt: skip

    def bring_key(self) -> str:
        key = self.root / "cd-08.asc"
        key.write_text(self.theirs.public)
        asked = self.type(
            "key", "import", str(key), "--partenaire", "cd-08", "--motif", "convention",
            "--empreinte", self.theirs.fingerprint, json=True,
        )  # fmt: skip
        assert asked.exit_code == Exit.DONE, asked.stderr
        return str(json.loads(asked.stdout)["demande"])

    def drop(self, name: str) -> None:
        ring = Keyring(self.root / "cles")
        source = next((self.root / "tirage" / "cd").iterdir())
        sealed = self.place / "depot" / f".{name}.part"
        encrypt(
            source,
            sealed,
            recipient_key=ring.openpgp_public(Use.RECEPTION),
            signing_key=self.theirs.secret,
        )
        sealed.rename(self.place / "depot" / f"{name}.gpg")

    def go(self) -> None:
        """One round, as `flow run` makes it."""

        async def once() -> None:
            async with running(load(self.config), QUICK) as (house, durable):
                done = await go_round(house, durable, lambda *_: None)
                assert done.silences == ()
                assert not await durable.failures()

        asyncio.run(once())

    def deliveries(self) -> list[tuple[str, str, bool]]:
        engine = open_engine(load(self.config).database_url)
        with engine.begin() as connection:
            rows = [(r.name, r.verdict, r.is_test) for r in all_deliveries(connection)]
        engine.dispose()
        return rows

    def has_journeys(self) -> bool:
        engine = open_engine(load(self.config).database_url)
        with engine.begin() as connection:
            found = latest_partition(connection, "08", "cd-parcours")
        engine.dispose()
        return found is not None

    def state(self) -> str:
        return str(json.loads(self.type("partner", "show", "cd-08", json=True).stdout)["etat"])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, KeyPair]:
    root = tmp_path_factory.mktemp("partner")
    (root / "config" / "partners").mkdir(parents=True)
    (root / "config" / "gateway.toml").write_text(CONFIG + DECLARED)
    for name in ("depot", "archive", "ack", "retrait"):
        (root / "lieu" / name).mkdir(parents=True)
    create_keys(root / "cles", origin="example.org/journal", uid="Essai <p@example.org>")
    write_departement(root / "tirage", departement="08", people=30, seed=7, as_of=date(2022, 6, 15))
    return root, generate_key("Département essai <cd@example.org>")


@pytest.fixture
def house(made: tuple[Path, KeyPair], tmp_path: Path) -> Iterator[House]:
    root, theirs = made
    yield House(Path(shutil.copytree(root, tmp_path / "h")), theirs)


NAME = "CD-PARCOURS_08_20220615_000001_V1.csv"


def test_a_partner_goes_from_its_first_day_to_its_last(house: House) -> None:
    said = house.add()
    assert said.exit_code == Exit.DONE, said.stderr
    assert "en recette" in said.stdout
    assert "key import" in said.stdout
    request = house.bring_key()
    assert "seconde personne" in house.type("approval", "approve", request).stderr
    assert house.type("approval", "approve", request, by="bruno").exit_code == Exit.DONE

    house.drop(NAME)  # in test: a real file waits
    house.go()
    assert house.deliveries() == []
    refused = house.type("partner", "open", "cd-08", "--motif", "prêt")
    assert refused.exit_code == Exit.AGAINST
    assert "essai reçu de lui" in refused.stderr

    house.drop(f"TEST_{NAME}")
    house.go()
    assert house.deliveries() == [(NAME, "accepted", True)]
    assert not house.has_journeys()
    assert any(path.name.endswith("ARA.json") for path in (house.place / "ack").iterdir())

    assert house.type("partner", "open", "cd-08", "--motif", "prêt").exit_code == Exit.DONE
    house.go()
    assert house.deliveries()[1:] == [(NAME, "accepted", False)]
    assert house.has_journeys()


def test_a_partner_paused_is_not_looked_at_and_one_that_left_never_comes_back(house: House) -> None:
    house.add()
    house.type("approval", "approve", house.bring_key(), by="bruno")
    house.drop(f"TEST_{NAME}")
    assert house.type("partner", "pause", "cd-08", "--motif", "panne").exit_code == Exit.DONE
    house.go()
    assert house.deliveries() == []
    assert house.type("partner", "resume", "cd-08", "--motif", "réparé").exit_code == Exit.DONE
    assert house.state() == "test"  # a pause is no way into service
    house.go()
    assert house.deliveries() == [(NAME, "accepted", True)]
    again = house.type("partner", "resume", "cd-08", "--motif", "encore")
    assert "n'est pas en pause" in again.stderr

    assert house.type("partner", "offboard", "cd-08", "--motif", "fin").exit_code == Exit.DONE
    assert house.state() == "offboarded"
    assert house.type("partner", "open", "cd-08", "--motif", "retour").exit_code == Exit.AGAINST
    listed = document(run("key", "list", "--config", house.config, "--json"))
    assert [k["etat"] for k in listed if k.get("partenaire") == "cd-08"] == ["retired"]


def test_a_wrong_fingerprint_read_aloud_brings_nothing(house: House) -> None:
    house.add()
    key = house.root / "cd-08.asc"
    key.write_text(house.theirs.public)
    brought = ["key", "import", str(key), "--partenaire", "cd-08", "--motif", "convention"]
    wrong = house.type(*brought, "--empreinte", "A" * 40)
    assert wrong.exit_code == Exit.CONFIGURATION
    assert "rappelez le partenaire" in wrong.stderr
    shown = house.type(*brought)  # without a word from the partner, it is only shown
    assert shown.exit_code == Exit.DONE
    assert fingerprint_of(house.theirs.public)[:4] in shown.stdout
    assert document(run("approval", "list", "--config", house.config, "--json")) == []


def test_a_test_is_answered_and_nothing_of_it_is_kept_or_known_as_a_duplicate(house: House) -> None:
    house.add()
    house.type("approval", "approve", house.bring_key(), by="bruno")
    house.drop(f"TEST_{NAME}")
    house.go()
    house.drop(f"TEST_{NAME[:-4]}.csv")
    house.go()
    assert [verdict for _, verdict, _ in house.deliveries()] == ["accepted", "accepted"]
    assert not house.has_journeys()
    told = next(p for p in (house.place / "ack").iterdir() if p.name.endswith("ARA.json"))
    assert json.loads(told.read_text())["lignes"]["lues"] > 0


def test_adding_what_the_settings_then_refuse_leaves_no_file(house: House) -> None:
    bad = house.type("partner", "add", "cd-08", "--nom", "CD", "--siret", "12", "--dossier", "lieu")
    assert bad.exit_code == Exit.CONFIGURATION
    assert "siret" in bad.stderr
    assert list((house.config.parent / "partners").iterdir()) == []
    assert house.add().exit_code == Exit.DONE
    assert "déjà déclaré" in house.add().stderr


@pytest.mark.parametrize("alias", ["../pe", ".pe", "PE", "a b"])
def test_a_partner_is_not_a_path(house: House, alias: str) -> None:
    said = house.type(
        "partner", "add", alias, "--nom", "x", "--siret", "00000000000013", "--dossier", "lieu"
    )
    assert said.exit_code == Exit.CONFIGURATION
    assert list(house.config.parent.glob("**/*.toml")) == [house.config]


def test_the_test_sent_holds_nobody_and_is_sent_once_while_it_waits(house: House) -> None:
    house.add()
    house.type("approval", "approve", house.bring_key(), by="bruno")
    first = json.loads(house.type("partner", "test", "cd-08", json=True).stdout)
    again = json.loads(house.type("partner", "test", "cd-08", json=True).stdout)
    assert first["fichier"] == again["fichier"]
    assert first["reponse"] == ""
    left = sorted(path.name for path in house.place.rglob("TEST_*"))
    assert left == [f"{first['fichier']}.gpg", f"{first['fichier']}.manifeste.json"]


def test_who_acts_must_be_known(house: House) -> None:
    house.add()
    nobody = run("partner", "pause", "cd-08", "--motif", "x", "--config", house.config)
    assert nobody.exit_code == Exit.CONFIGURATION
    assert "--par" in nobody.stderr
    house.config.write_text(CONFIG)
    believed = run(
        "partner", "pause", "cd-08", "--motif", "x", "--par", "a", "--config", house.config
    )
    assert believed.exit_code == Exit.CONFIGURATION
    assert "declared" in believed.stderr


def test_a_certificate_that_signs_in_cms_is_approved_by_two_people_like_a_key(house: House) -> None:
    house.add()
    signer = Signer(house.root / "signataire", "Signataire essai")
    file = house.root / "cd-08.pem"
    file.write_text(signer.pem)
    shown = describe_certificate(signer.pem).fingerprint
    brought = ["key", "import", str(file), "--partenaire", "cd-08", "--motif", "convention"]
    assert house.type(*brought, "--empreinte", "00" * 32).exit_code == Exit.CONFIGURATION
    asked = json.loads(house.type(*brought, "--empreinte", shown, json=True).stdout)
    assert house.type("approval", "approve", asked["demande"], by="bruno").exit_code == Exit.DONE
    retired = house.type("key", "retire", shown, "--partenaire", "cd-08")
    assert retired.exit_code == Exit.DONE, retired.stderr
    listed = document(run("key", "list", "--config", house.config, "--json"))
    assert [(k["genre"], k["etat"]) for k in listed if "partenaire" in k] == [("cms", "retired")]
