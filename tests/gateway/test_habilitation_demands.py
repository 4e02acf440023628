"""A habilitation is asked for by one person and decided by another, on exactly what was shown."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select, update

from gateway.errors import Misconfigured, NotAuthorised
from gateway.habilitation.model import LegalBasis
from gateway.ledger.tables import ENTRY
from gateway.store.approvals import LIFETIME, waiting
from gateway.store.habilitation_answers import approve, ask_changes, refuse
from gateway.store.habilitation_demands import (
    DATAPASS,
    State,
    amend,
    every,
    find,
    request,
    submit,
)
from gateway.store.habilitations import current, history
from gateway.store.legal_documents import LIMIT, document_of
from gateway.store.tables import HABILITATION_DEMAND, HABILITATION_VERSION
from tests.world.demands import (
    ANSWERS,
    ASKS,
    NOW,
    acts,
    answered,
    digest,
    draft,
    granted,
    judged,
    status,
    submitted,
)

NAME = "h-08-contacts-rdv-insertion"
PDF = b"%PDF-1.7 convention"
LATER = NOW + timedelta(days=1)


def standing(engine: Engine, number: int = 1, now: Any = NOW) -> State:
    with engine.begin() as connection:
        return find(connection, number, now=now).state


# --- the straight way


def test_asked_submitted_approved_is_one_version_and_four_steps_in_the_ledger(
    engine: Engine,
) -> None:
    made = request(engine, draft(), by=ASKS, motive="convention", now=NOW)
    assert (made.name, made.state, status(engine)) == ("D1", State.REQUESTED, None)
    shown = submit(engine, 1, by=ASKS, check=judged(NOW.date()), now=NOW)
    assert (shown.state, status(engine)) == (State.SUBMITTED, None)
    given = approve(engine, 1, by=ANSWERS, digest=digest(shown)[:12], now=NOW)
    assert (given.state, given.version, given.decided_by) == (State.APPROVED, 1, ANSWERS)
    with engine.begin() as connection:
        (kept,) = history(connection, NAME, NOW.date())
    assert (kept.habilitation.requested_by, kept.habilitation.approved_by) == (ASKS, ANSWERS)
    assert kept.habilitation.canonical == draft().canonical
    assert kept.demand == 1
    assert acts(engine) == [
        ("habilitation.requested", ASKS),
        ("approval.requested", ASKS),
        ("habilitation.submitted", ASKS),
        ("habilitation.approved", ANSWERS),
        ("approval.given", ANSWERS),
    ]


def test_what_both_read_is_the_whole_content_and_each_widening(engine: Engine) -> None:
    granted(engine)
    shown = submitted(engine, draft(departements=("08", "51"), daily_rows=10)).approval
    assert shown is not None
    assert shown.shown["contenu"] == draft(departements=("08", "51"), daily_rows=10).canonical
    assert shown.shown["change départements"] == "ajoute 51 (élargit)"
    assert shown.shown["change plafond par jour"].endswith("10 lignes (restreint)")
    assert (shown.shown["version"], shown.shown["remplace"]) == ("2", "1")


# --- two people


@pytest.mark.parametrize("who", [ASKS, "Camille", " camille "])
def test_who_asked_never_answers_whatever_the_answer(engine: Engine, who: str) -> None:
    made = submitted(engine)
    answers: tuple[Callable[[], object], ...] = (
        lambda: approve(engine, 1, by=who, digest=digest(made), now=NOW),
        lambda: refuse(engine, 1, by=who, message="non", now=NOW),
        lambda: ask_changes(engine, 1, by=who, message="autrement", now=NOW),
    )
    for answer in answers:
        with pytest.raises(NotAuthorised, match="seconde personne"):
            answer()
    assert (standing(engine), status(engine)) == (State.SUBMITTED, None)


def test_by_the_other_door_a_name_typed_otherwise_is_the_same_person(engine: Engine) -> None:
    asked = submitted(engine).approval
    assert asked is not None
    with pytest.raises(NotAuthorised, match="seconde personne"):
        answered(engine, asked, by="CAMILLE", agrees=True)
    assert (standing(engine), status(engine)) == (State.SUBMITTED, None)


@pytest.mark.parametrize("said", ["", "0" * 64, "court"])
def test_a_yes_to_something_else_is_no_answer(engine: Engine, said: str) -> None:
    made = submitted(engine)
    for wrong in (said, digest(made)[:11]):
        with pytest.raises(NotAuthorised, match="empreinte"):
            approve(engine, 1, by=ANSWERS, digest=wrong, now=NOW)
    assert standing(engine) is State.SUBMITTED


def test_only_who_asked_amends_and_submits(engine: Engine) -> None:
    request(engine, draft(), by=ASKS, motive="convention", now=NOW)
    with pytest.raises(NotAuthorised, match=f"celle de {ASKS}"):
        amend(engine, 1, draft(daily_rows=1), by=ANSWERS, now=NOW)
    with pytest.raises(NotAuthorised, match=f"celle de {ASKS}"):
        submit(engine, 1, by=ANSWERS, check=judged(NOW.date()), now=NOW)


def test_what_datapass_asked_belongs_to_who_takes_it_up(engine: Engine) -> None:
    request(engine, draft(), by=DATAPASS, motive="DataPass", now=NOW)
    taken = amend(engine, 1, draft(daily_rows=9), by=ASKS, now=NOW)
    assert taken.requested_by == ASKS
    with pytest.raises(NotAuthorised, match=f"celle de {ASKS}"):
        submit(engine, 1, by=ANSWERS, check=judged(NOW.date()), now=NOW)
    made = submit(engine, 1, by=ASKS, check=judged(NOW.date()), now=NOW)
    with pytest.raises(NotAuthorised, match="seconde personne"):
        approve(engine, 1, by=ASKS, digest=digest(made), now=NOW)


def test_two_answers_at_once_make_one_version(engine: Engine) -> None:
    made = submitted(engine)

    def answer(who: str) -> str:
        try:
            approve(engine, 1, by=who, digest=digest(made), now=NOW)
        except NotAuthorised as late:
            return str(late)
        return "fait"

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(answer, ["un", "deux", "trois", "quatre"]))
    assert said.count("fait") == 1
    assert all("n'attend pas de réponse" in each for each in said if each != "fait")
    with engine.begin() as connection:
        assert connection.scalar(select(func.count()).select_from(HABILITATION_VERSION)) == 1


# --- not like this


def test_changes_asked_amended_and_submitted_again(engine: Engine) -> None:
    made = submitted(engine)
    back = ask_changes(engine, 1, by=ANSWERS, message="moins de colonnes", now=NOW)
    assert (back.state, back.message) == (State.CHANGES_REQUESTED, "moins de colonnes")
    with pytest.raises(NotAuthorised, match="amend"):
        submit(engine, 1, by=ASKS, check=judged(NOW.date()), now=NOW)
    amend(engine, 1, draft(columns=("MATRICULE",)), by=ASKS, now=NOW)
    again = submit(engine, 1, by=ASKS, check=judged(NOW.date()), now=NOW)
    with pytest.raises(NotAuthorised, match="empreinte"):
        approve(engine, 1, by=ANSWERS, digest=digest(made), now=NOW)
    approve(engine, 1, by=ANSWERS, digest=digest(again), now=NOW)
    with engine.begin() as connection:
        found = current(connection, NAME, NOW.date())
    assert found is not None
    assert found.columns == ("MATRICULE",)


@pytest.mark.parametrize("end", ["approved", "refused"])
def test_what_is_decided_is_decided_for_good(engine: Engine, end: str) -> None:
    if end == "approved":
        granted(engine)
    else:
        submitted(engine)
        refuse(engine, 1, by=ANSWERS, message="sans base légale", now=NOW)
    lates: tuple[Callable[[], object], ...] = (
        lambda: refuse(engine, 1, by=ANSWERS, message="non", now=NOW),
        lambda: amend(engine, 1, draft(), by=ASKS, now=NOW),
        lambda: submit(engine, 1, by=ASKS, check=judged(NOW.date()), now=NOW),
    )
    for late in lates:
        with pytest.raises(NotAuthorised):
            late()
    assert standing(engine) is (State.APPROVED if end == "approved" else State.REFUSED)


def test_what_waits_for_an_answer_is_not_changed_meanwhile(engine: Engine) -> None:
    submitted(engine)
    with pytest.raises(NotAuthorised, match="attendez la réponse"):
        amend(engine, 1, draft(columns=("NIR",)), by=ASKS, now=NOW)


def test_a_demand_is_about_one_habilitation(engine: Engine) -> None:
    request(engine, draft(), by=ASKS, motive="convention", now=NOW)
    with pytest.raises(NotAuthorised, match="autre demande"):
        amend(engine, 1, draft(id="h-autre"), by=ASKS, now=NOW)


# --- one truth, whichever door


def test_an_answer_by_the_other_door_is_the_answer(engine: Engine) -> None:
    first, second = submitted(engine).approval, submitted(engine, draft(id="h-autre")).approval
    assert first is not None
    assert second is not None
    answered(engine, first, by=ANSWERS, agrees=True)
    answered(engine, second, by=ANSWERS, agrees=False)
    with engine.begin() as connection:
        found = [(one.state, one.decided_by, one.version) for one in every(connection, now=NOW)]
    assert found == [(State.APPROVED, ANSWERS, 1), (State.REFUSED, ANSWERS, None)]


def test_what_nobody_answered_in_time_is_submitted_again(engine: Engine) -> None:
    made = submitted(engine)
    late = NOW + LIFETIME
    assert standing(engine, now=late) is State.REQUESTED
    with pytest.raises(NotAuthorised, match="pas soumise"):
        approve(engine, 1, by=ANSWERS, digest=digest(made), now=late)
    again = submit(engine, 1, by=ASKS, check=judged(NOW.date()), now=late)
    approve(engine, 1, by=ANSWERS, digest=digest(again), now=late)
    assert standing(engine, now=late) is State.APPROVED


def test_another_version_meanwhile_is_said_and_the_demand_submitted_again(engine: Engine) -> None:
    slow = submitted(engine, draft(daily_rows=5))
    granted(engine)
    with pytest.raises(NotAuthorised, match=r"une autre version .* a été approuvée entre-temps"):
        approve(engine, 1, by=ANSWERS, digest=digest(slow), now=NOW)
    assert slow.approval is not None
    again = submit(engine, 1, by=ASKS, check=judged(NOW.date()), now=NOW)
    with pytest.raises(NotAuthorised, match="soumise de nouveau"):
        answered(engine, slow.approval, by=ANSWERS, agrees=True)
    assert approve(engine, 1, by=ANSWERS, digest=digest(again), now=NOW).version == 2


@pytest.mark.parametrize("table", ["habilitation_version", "ledger_entry", "approval"])
def test_killed_while_it_is_written_nothing_of_it_is_there(engine: Engine, table: str) -> None:
    made = submitted(engine)
    before = acts(engine)

    @event.listens_for(engine, "before_cursor_execute")
    def dies(_c: Any, _k: Any, statement: str, *_more: Any) -> None:
        if table in statement and not statement.startswith("SELECT"):
            raise RuntimeError("tué")

    with pytest.raises(RuntimeError, match="tué"):
        approve(engine, 1, by=ANSWERS, digest=digest(made), now=NOW)
    event.remove(engine, "before_cursor_execute", dies)
    assert (standing(engine), status(engine), acts(engine)) == (State.SUBMITTED, None, before)
    assert approve(engine, 1, by=ANSWERS, digest=digest(made), now=NOW).version == 1


# --- what may be submitted


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"product": "inconnu"}, "produit inconnu"),
        ({"columns": ("MATRICULE", "SALAIRE")}, "colonnes inconnues du produit : SALAIRE"),
        ({"ends": date(2024, 2, 29)}, "elle a pris fin le 29/02/2024"),
        (
            {"direction": "source", "product": None, "flow": "rien"},
            "flux inconnu",
        ),
        (
            {
                "direction": "source",
                "product": None,
                "flow": "cnaf-contacts",
                "columns": ("NIR", "SALAIRE"),
            },
            "colonnes inconnues du flux : SALAIRE",
        ),
    ],
)
def test_what_can_open_nothing_is_not_submitted(
    engine: Engine, change: dict[str, Any], words: str
) -> None:
    request(engine, draft(**change), by=ASKS, motive="convention", now=NOW)
    with pytest.raises(NotAuthorised, match=words):
        submit(engine, 1, by=ASKS, check=judged(NOW.date()), now=NOW)
    with engine.begin() as connection:
        assert waiting(connection, now=NOW) == []


def test_the_pdf_of_the_legal_basis_is_kept_by_its_digest(engine: Engine) -> None:
    sha256 = hashlib.sha256(PDF).hexdigest()
    based = draft(legal_basis=LegalBasis("Convention", document=sha256))
    request(engine, based, by=ASKS, motive="convention", now=NOW)
    with pytest.raises(NotAuthorised, match="PDF"):
        submit(engine, 1, by=ASKS, check=judged(NOW.date()), now=NOW)
    amend(engine, 1, based, by=ASKS, documents=[PDF], now=NOW)
    amend(engine, 1, based, by=ASKS, documents=[PDF], now=NOW)
    submit(engine, 1, by=ASKS, check=judged(NOW.date()), now=NOW)
    with engine.begin() as connection:
        assert document_of(connection, sha256) == PDF


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"%PDF-" + b"0" * LIMIT], ids=["zip", "big"])
def test_what_is_no_pdf_or_too_big_is_not_kept(engine: Engine, content: bytes) -> None:
    with pytest.raises(Misconfigured, match="base légale"):
        request(engine, draft(), by=ASKS, motive="convention", documents=[content], now=NOW)
    with engine.begin() as connection:
        assert every(connection) == []


def test_a_demand_altered_in_the_database_is_nobodys(engine: Engine) -> None:
    submitted(engine)
    with engine.begin() as connection:
        changed = draft(daily_rows=999_999).canonical
        connection.execute(update(HABILITATION_DEMAND).values(content=changed))
    with pytest.raises(Misconfigured, match="D1"):
        standing(engine)


def test_the_ledger_holds_no_word_that_somebody_wrote(engine: Engine) -> None:
    submitted(engine)
    refuse(engine, 1, by=ANSWERS, message="Mme Untel a déménagé", now=NOW)
    with engine.begin() as connection:
        bodies = b"".join(bytes(body) for body in connection.scalars(select(ENTRY.c.body)))
    assert b"Untel" not in bodies
    assert b"convention" not in bodies
