"""Who looked at whom: of record before anything is shown, and nobody can read a person out of it."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from gateway.ledger.entry import Act, Entry, check_commitment
from gateway.ledger.log import bodies
from gateway.pseudonym import derive_key
from gateway.secret import Secret
from gateway.store.database import open_engine
from gateway.store.disclosures import (
    CONSULTATION,
    EXPLANATION,
    LIST,
    Disclosure,
    committed,
    disclose,
    motive_of,
)
from gateway.store.tables import DISCLOSURE

MASTER = Secret(bytes(range(32)))
CROSSING, PERSON = "croisement:08@2022-06-15:abc", "p1.1.00ff"


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_engine(f"sqlite:///{tmp_path / 'registre.db'}")


def asked(*people: str, what: str = EXPLANATION) -> Disclosure:
    return Disclosure(what, CROSSING, "08", [committed(MASTER, CROSSING, one) for one in people])


def entry_of(engine: Engine, index: int) -> Entry:
    (body,) = bodies(engine, index, index + 1)
    return Entry.decode(body)


def test_looking_at_somebody_is_an_entry_with_its_motive_beside(engine: Engine) -> None:
    index = disclose(engine, asked(PERSON), by="camille", motive="entretien du 3 juin")
    with engine.begin() as connection:
        kept = motive_of(connection, index)
    entry = entry_of(engine, index)
    assert kept is not None and kept.motive == "entretien du 3 juin"
    assert (entry.act, entry.subject, entry.actor) == (Act.PERSON_DISCLOSED, CROSSING, "camille")
    assert entry.facts["people"] == 1
    check_commitment(str(entry.facts["motive"]), bytes.fromhex(kept.salt), kept.motive)
    assert PERSON not in entry.encode().decode() and "entretien" not in entry.encode().decode()


def test_who_holds_the_key_can_answer_who_was_looked_at(engine: Engine) -> None:
    index = disclose(engine, asked(PERSON), by="camille", motive="m")
    said = str(entry_of(engine, index).facts["person"])
    key = derive_key(MASTER, CONSULTATION).reveal()
    check_commitment(said, key, f"{CROSSING}\n{PERSON}")
    assert said == committed(MASTER, CROSSING, PERSON)
    others = {committed(MASTER, CROSSING, "p1.1.00fe"), committed(MASTER, "autre", PERSON)}
    others.add(committed(Secret(bytes(range(1, 33))), CROSSING, PERSON))
    assert len(others | {said}) == 4


def test_a_list_says_how_many_and_nobody(engine: Engine) -> None:
    index = disclose(engine, asked("a", "b", what=LIST), by="camille", motive="m")
    facts = entry_of(engine, index).facts
    assert facts["people"] == 2 and "person" not in facts


def test_each_look_is_one_more(engine: Engine) -> None:
    first = disclose(engine, asked(PERSON), by="camille", motive="m")
    second = disclose(engine, asked(PERSON), by="camille", motive="m")
    with engine.begin() as connection:
        count = connection.scalar(select(func.count()).select_from(DISCLOSURE))
    assert (second - first, count) == (1, 2)
