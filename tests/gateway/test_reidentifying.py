"""A pseudonym is lifted by two people, once, for one person, and the ledger has it first."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, delete, select, update

from gateway import reidentifying
from gateway.errors import Misconfigured, NotAuthorised
from gateway.ledger.entry import Act, Entry, check_commitment
from gateway.ledger.tables import ENTRY
from gateway.pseudonym import Domain, Pseudonymiser
from gateway.reidentifying import NOBODY, Question, Registry, ask_identity, reveal
from gateway.store.approvals import LIFETIME, Approval, Matter, ask, decide
from gateway.store.database import open_engine
from gateway.store.tables import APPROVAL, REIDENTIFICATION
from tests.world.databases import sqlite_url
from tests.world.named import Named, named

DOMAIN = Domain("rdv-insertion", "reprise-de-contact", "1")
QUESTION = Question(DOMAIN.recipient, DOMAIN.purpose, "08")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Named]:
    folder = tmp_path_factory.mktemp("named")
    engine = open_engine(sqlite_url(folder))
    house = named(folder, engine)
    house.deliver("d1")
    house.deliver("d2", people=2, gone=1)
    house.deliver("e1", "51")
    yield house
    engine.dispose()


@pytest.fixture
def house(made: Named) -> Named:
    with made.engine.begin() as connection:
        connection.execute(delete(REIDENTIFICATION))
        connection.execute(delete(APPROVAL))
    return made


def name_of(house: Named, rank: int, departement: str = "08", domain: Domain = DOMAIN) -> str:
    return Pseudonymiser(house.files.master, domain).of(house.people[departement][rank])


def asked(house: Named, name: str, question: Question = QUESTION) -> Approval:
    motive = "signalement d'un danger"
    return ask_identity(house.engine, question, name, by="alice", motive=motive)


def approved(house: Named, name: str, question: Question = QUESTION) -> str:
    request = asked(house, name, question).id
    decide(house.engine, request, by="bruno", agrees=True)
    return request


def show(house: Named, request: str, name: str, *, by: str = "alice") -> str:
    registry = Registry(house.engine, house.files.identities, house.files.master)
    return reveal(registry, request, name, by=by)


def last_entry(engine: Engine) -> Entry:
    with engine.begin() as connection:
        last = select(ENTRY.c.body).order_by(ENTRY.c.seq.desc()).limit(1)
        return Entry.decode(bytes(connection.scalar(last) or b""))


def everything(house: Named) -> bytes:
    return b"".join(p.read_bytes() for p in house.vaults[0].parent.glob("passerelle.sqlite*"))


def test_two_people_lift_one_pseudonym_and_read_the_departements_own_identifier(
    house: Named,
) -> None:
    for rank in (0, 7):  # of an earlier file, and of the last
        name = name_of(house, rank)
        assert show(house, approved(house, name), name) == f"08-{rank:04}"


def test_it_is_in_the_ledger_before_it_is_shown_by_commitments_only(
    house: Named, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = name_of(house, 1)
    request = approved(house, name)
    monkeypatch.setattr(reidentifying, "keep_answer", _breaks)
    with pytest.raises(OSError, match="no disk"):
        show(house, request, name)
    monkeypatch.undo()
    answer = show(house, request, name)
    entry = last_entry(house.engine)
    assert (entry.act, entry.subject, entry.actor) == (Act.PERSON_REIDENTIFIED, request, "alice")
    assert (entry.facts["requested_by"], entry.facts["approved_by"]) == ("alice", "bruno")
    with house.engine.begin() as connection:
        salt = bytes.fromhex(connection.scalar(select(REIDENTIFICATION.c.salt)) or "")
    assert check_commitment(str(entry.facts["answer_commitment"]), salt, answer) == answer
    assert check_commitment(str(entry.facts["pseudonym_commitment"]), salt, name) == name
    kept = everything(house)
    for said in (answer, name, name.rpartition(".")[2], house.people["08"][1]):
        assert said.encode() not in kept


def _breaks(*_given: object) -> None:
    raise OSError("no disk")


def test_an_answer_is_shown_once(house: Named) -> None:
    name = name_of(house, 2)
    request = approved(house, name)
    show(house, request, name)
    with pytest.raises(NotAuthorised, match="déjà été montrée"):
        show(house, request, name)


def test_without_a_second_person_nothing_is_computed(
    house: Named, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reidentifying, "_search", _breaks)
    name = name_of(house, 0)
    pending = asked(house, name)
    with pytest.raises(NotAuthorised, match="pas approuvée"):
        show(house, pending.id, name)
    with pytest.raises(NotAuthorised, match="seconde personne"):
        decide(house.engine, pending.id, by="alice", agrees=True)
    decide(house.engine, pending.id, by="bruno", agrees=False)
    with pytest.raises(NotAuthorised, match="pas approuvée"):
        show(house, pending.id, name)
    with pytest.raises(NotAuthorised, match="aucune demande"):
        show(house, "000000000000", name)


def test_an_approval_too_old_answers_no_more(house: Named) -> None:
    name = name_of(house, 0)
    request = approved(house, name)
    with house.engine.begin() as connection:
        old = datetime.now(UTC) - LIFETIME - timedelta(seconds=1)
        connection.execute(update(APPROVAL).values(decided_at=old))
    with pytest.raises(NotAuthorised, match="redemandez"):
        show(house, request, name)


def test_an_approval_is_for_one_pseudonym_of_one_domain_and_one_reader(house: Named) -> None:
    name, other = name_of(house, 0), name_of(house, 1)
    request = approved(house, name)
    with pytest.raises(NotAuthorised, match="n'est pas celui"):
        show(house, request, other)
    with pytest.raises(NotAuthorised, match="qu'à qui l'a demandée"):
        show(house, request, name, by="carole")
    with pytest.raises(NotAuthorised, match="qu'à qui l'a demandée"):
        show(house, request, name, by="bruno")
    quarantine = ask(house.engine, Matter.QUARANTINE, "d", {}, by="alice", motive="m").id
    decide(house.engine, quarantine, by="bruno", agrees=True)
    with pytest.raises(NotAuthorised, match="ne porte pas"):
        show(house, quarantine, name)
    assert show(house, request, name) == "08-0000"


@pytest.mark.parametrize("case", ["stranger", "other recipient", "other département"])
def test_nobody_is_an_answer_that_is_written_and_uses_the_request_up(
    house: Named, case: str
) -> None:
    name = {
        "stranger": f"p1.1.{secrets.token_hex(16)}",
        "other recipient": name_of(house, 0, domain=Domain("cd-08", DOMAIN.purpose, "1")),
        "other département": name_of(house, 0, "51"),
    }[case]
    request = approved(house, name)
    assert show(house, request, name) == NOBODY
    assert last_entry(house.engine).facts["found"] == 0
    with pytest.raises(NotAuthorised, match="déjà"):
        show(house, request, name)


@pytest.mark.parametrize("name", ["", "x", "p1.1.abc", "p1.1." + "A" * 32, "p2.1." + "a" * 32])
def test_what_is_no_pseudonym_is_not_asked_for(house: Named, name: str) -> None:
    with pytest.raises(Misconfigured, match="pas un pseudonyme"):
        asked(house, name)


def test_an_epoch_that_never_was_is_not_asked_for(house: Named) -> None:
    with pytest.raises(NotAuthorised, match="jamais été en vigueur"):
        asked(house, name_of(house, 0, domain=DOMAIN.at("9")))


def test_the_request_names_nobody(house: Named) -> None:
    name = name_of(house, 3)
    shown = asked(house, name)
    assert name not in repr(shown)
    assert name.encode() not in everything(house)
