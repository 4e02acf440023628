"""Rejected lines go back whole to whoever sent them, and nobody else can read them, we included."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from gateway import pgp
from gateway.archive import Archive
from gateway.delivery import Collected, Refusal, Treated
from gateway.errors import Refused
from gateway.notices import NoRejects
from gateway.passage.rejects import Returning
from gateway.passage.treatment import Treatment
from gateway.pgp import Desks, Keys
from gateway.secret import KeyPair, Secret
from gateway.stages.admit import Terms
from gateway.stages.unseal import OpenPgpPair
from gateway.store.database import open_engine
from gateway.vault import Unsealer, Vault, generate_identity
from schemas import rejects
from schemas.codes import Code
from schemas.registry import contract
from tests.schemas.papers import contact, dossier, header, lines, pecg, wrong_key
from tests.world.clerks import signing_key
from tests.world.halls import left_in, private_hall
from tests.world.openpgp import Partner, partners
from tests.world.records import passport

FLOW = "cnaf-contacts"
NAMED = "DUPONT-REJETE"
WRONG = ";".join(contact(1, NIR=wrong_key(), NOM=f'"{NAMED}\r\nÉPOUSE"'))


@dataclass(frozen=True)
class Bench:
    """Everything that treats one flow, its keys real, and a room nobody else uses."""

    treatment: Treatment
    reception: Vault
    back: Unsealer
    hall: Path
    desks: Desks

    async def treats(self, sealed: Path) -> Treated | Refusal:
        kept = self.reception.put(sealed)
        collected = Collected("d1", kept.digest, kept.size, 0.1)
        given = passport(flow=self.treatment.terms.contract.flow)
        return await self.treatment.treat(given, collected)


@pytest.fixture(scope="module")
def senders() -> Iterator[tuple[Partner, Partner]]:
    with partners("Sender", "Other") as (sender, other):
        yield sender, other


@pytest.fixture(scope="module")
def reception_key() -> KeyPair:
    return pgp.generate_key("Reception Essai <r@example.invalid>")


@pytest.fixture
def hall() -> Iterator[Path]:
    with private_hall() as place:
        yield place


@pytest.fixture
def desks(hall: Path) -> Iterator[Desks]:
    """Closed before the hall is looked at: what is left then is left for good."""
    with Desks() as opened:
        yield opened


@pytest.fixture
def bench(
    tmp_path: Path,
    senders: tuple[Partner, Partner],
    reception_key: KeyPair,
    hall: Path,
    desks: Desks,
) -> Bench:
    age, store = generate_identity(), MemoryStore()
    vault, opener = Vault(store, [age.public]), Unsealer(store, [age.secret])
    archive = Archive(vault, opener)
    sender = senders[0].public
    treatment = Treatment(
        engine=open_engine(f"sqlite:///{tmp_path / 'base.sqlite'}"),
        terms=Terms(contract(FLOW)),
        reception=opener,
        journeys=archive,
        identities=archive,
        pair=OpenPgpPair(Keys("cd/reception", reception_key.secret, sender), desks),
        antivirus=None,
        master=Secret(bytes(range(32))),
        room=None,
        limit=1 << 24,
        returning=Returning(Keys("cd/rejects", signing_key().secret, sender), desks, vault),
    )
    return Bench(treatment, vault, opener, hall, desks)


def contacts(wrong: int) -> bytes:
    good = [contact(number) for number in range(10, 70)]
    return lines(FLOW, [*good, *[[WRONG]] * wrong]).encode("iso-8859-15")


def sent(folder: Path, sender: Partner, body: bytes, ours: KeyPair) -> Path:
    sender.gpg("--import", stdin=ours.public.encode())
    options = ("--recipient", ours.fingerprint, "--sign", "--encrypt")
    sealed = folder / "sealed.gpg"
    sealed.write_bytes(sender.gpg(*options, stdin=body))
    return sealed


def given_back(bench: Bench, folder: Path, outcome: Treated | Refusal) -> Path:
    closed = folder / "REJETS.gpg"
    with closed.open("wb") as out:
        bench.back.unseal_into(outcome.rejects, out)
    return closed


@pytest.mark.parametrize("wrong", [1, 30], ids=["accepted", "too many rejects"])
async def test_the_sender_alone_opens_its_rejected_lines_and_sees_that_we_signed(
    bench: Bench,
    senders: tuple[Partner, Partner],
    reception_key: KeyPair,
    tmp_path: Path,
    wrong: int,
) -> None:
    sender, other = senders
    outcome = await bench.treats(sent(tmp_path, sender, contacts(wrong), reception_key))
    assert isinstance(outcome, Treated if wrong == 1 else Refusal)
    assert outcome.counts.rejected == wrong
    closed = given_back(bench, tmp_path, outcome)
    head = header(FLOW)
    expected = "".join(f"{line}\n" for line in [head, *[WRONG] * wrong]).encode("iso-8859-15")
    sender.gpg("--import", stdin=signing_key().public.encode())
    said = sender.gpg("--status-fd", "2", "--decrypt", str(closed))
    assert said == expected
    signer = pgp.decrypt(
        closed,
        tmp_path / "clear",
        own_key=Secret(sender.secret),
        sender_key=signing_key().public,
        max_bytes=1 << 24,
    )
    assert signer.signer_fingerprint == signing_key().fingerprint
    with pytest.raises(RuntimeError, match=r"[Nn]o secret key"):
        other.gpg("--decrypt", str(closed))
    for ours in (reception_key, signing_key()):
        with pytest.raises(Refused) as refused:
            pgp.decrypt(
                closed,
                tmp_path / "ours",
                own_key=ours.secret,
                sender_key=signing_key().public,
                max_bytes=1 << 24,
            )
        assert refused.value.code is Code.NOT_FOR_US


async def test_nothing_of_a_rejected_line_is_left_in_clear_nor_in_what_is_remembered(
    bench: Bench, senders: tuple[Partner, Partner], reception_key: KeyPair, tmp_path: Path
) -> None:
    outcome = await bench.treats(sent(tmp_path, senders[0], contacts(1), reception_key))
    assert outcome.rejects
    bench.desks.rest()
    assert left_in(bench.hall) == []
    told = "".join(path.read_text("latin-1") for path in tmp_path.rglob("*") if path.is_file())
    assert NAMED not in told + repr(outcome)
    assert "GW-604" in outcome.report


async def test_rejected_dossiers_go_back_as_xml(
    bench: Bench, senders: tuple[Partner, Partner], reception_key: KeyPair, tmp_path: Path
) -> None:
    wrong = dossier(99, **{"individu/nom-naissance": NAMED, "individu/nir": wrong_key()})
    body = pecg([wrong, *(dossier(n) for n in range(40))]).encode("iso-8859-1")
    treatment = replace(bench.treatment, terms=Terms(contract("pe-parcours")))
    other = replace(bench, treatment=treatment)
    outcome = await other.treats(sent(tmp_path, senders[0], body, reception_key))
    assert (outcome.counts.read, outcome.counts.rejected) == (41, 1)
    clear = senders[0].gpg("--decrypt", str(given_back(other, tmp_path, outcome)))
    assert (clear.count(b"<dossier>"), clear.count(NAMED.encode())) == (1, 1)


async def test_a_clean_file_gives_nothing_back(
    bench: Bench, senders: tuple[Partner, Partner], reception_key: KeyPair, tmp_path: Path
) -> None:
    outcome = await bench.treats(sent(tmp_path, senders[0], contacts(0), reception_key))
    assert (outcome.rejects, outcome.counts.rejected) == ("", 0)


async def test_what_cannot_go_back_holds_no_delivery_and_says_why(
    bench: Bench,
    senders: tuple[Partner, Partner],
    reception_key: KeyPair,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    signer = Partner("Signer", algorithm="ed25519")
    sealed = sent(tmp_path, senders[0], contacts(1), reception_key)
    returning = bench.treatment.returning
    assert returning is not None
    try:
        ways: Sequence[Returning | None] = (
            None,
            replace(returning, keys=replace(returning.keys, partner=signer.public)),
        )
        for way in ways:
            treatment = replace(bench.treatment, returning=way)
            outcome = await replace(bench, treatment=treatment).treats(sealed)
            assert isinstance(outcome, Treated)
            assert outcome.rejects == NoRejects.NO_KEY.value
    finally:
        signer.close()
    monkeypatch.setattr(rejects, "MOST_RECORDS", 0)
    outcome = await bench.treats(sealed)
    assert isinstance(outcome, Treated)
    assert outcome.rejects == NoRejects.TOO_MANY.value
    bench.desks.rest()
    assert left_in(bench.hall) == []
