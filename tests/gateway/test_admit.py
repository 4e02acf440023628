"""Names, contents, periods, environments: what belongs to the first accepted, and what comes back freely."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from connectors.contract import Arrival
from connectors.folder import FolderSource
from gateway.doors.lookout import Entrance, Post, passport
from gateway.errors import Refused
from gateway.stages.admit import Place, Terms, admit_day, admit_period
from gateway.stages.keep import keep
from gateway.store.deliveries import Passport
from schemas.codes import Code
from schemas.registry import contract, held
from tests.gateway.test_lookout import GOOD
from tests.world.arrivals import TERMS, arrive, judged, numbered
from tests.world.records import DAY, collected, treated
from tests.world.records import passport as passport_of

UNNUMBERED = Terms(contract("pe-parcours"))
LETTERED = Terms(
    replace(
        contract("cd-parcours"), file_name=r"CD_(?P<environment>[PT])_(?P<sequence>[0-9]{6})\.csv"
    )
)


@pytest.fixture
def engine(emptied: Engine) -> Engine:
    return emptied


# --- names and contents


def test_a_name_belongs_to_the_first_content_accepted_under_it(engine: Engine) -> None:
    assert arrive(engine, numbered(1), "first") is None
    assert judged(engine, numbered(1, label="bis"), "second") is Code.SAME_NAME
    assert judged(engine, numbered(1, label="bis"), "first") is Code.DUPLICATE


def test_a_refused_file_takes_no_name_so_its_sender_corrects_it_under_the_same(
    engine: Engine,
) -> None:
    assert arrive(engine, numbered(1), "bad", faulty=Code.TOO_MANY_REJECTS) is not None
    assert arrive(engine, numbered(1, label="bis"), "good") is None
    assert judged(engine, numbered(1, label="ter"), "other") is Code.SAME_NAME


def test_a_resend_after_a_failure_is_treated_and_a_resend_after_success_is_a_duplicate(
    engine: Engine,
) -> None:
    assert arrive(engine, numbered(1), "same", faulty=Code.TRUNCATED) is Code.TRUNCATED
    assert arrive(engine, numbered(1, label="bis"), "same") is None
    assert arrive(engine, numbered(1, label="ter"), "same") is Code.DUPLICATE
    assert arrive(engine, numbered(2, label="quater"), "same") is Code.DUPLICATE


def test_a_duplicate_under_the_next_number_makes_no_gap(engine: Engine) -> None:
    arrive(engine, numbered(1), "same")
    assert arrive(engine, numbered(2), "same") is Code.DUPLICATE
    assert judged(engine, numbered(3), "new") == Place(1, 0)


def test_a_name_that_states_neither_day_nor_number_comes_back_every_month(engine: Engine) -> None:
    def monthly(label: str) -> Code | None:
        shown = numbered(0, label=label, name="PECG.xml", sequence=None, flow="pe-parcours")
        return arrive(engine, replace(shown, departement="08"), label, UNNUMBERED)

    assert [monthly("may"), monthly("june"), monthly("june-bis")] == [None, None, None]


def test_a_name_of_another_sender_or_flow_is_free(engine: Engine) -> None:
    arrive(engine, numbered(1), "first")
    assert isinstance(judged(engine, numbered(1, partner="other"), "x"), Place)
    assert isinstance(judged(engine, numbered(1, label="f", flow="cd-autre"), "x"), Place)


# --- periods


def test_a_second_content_of_the_same_day_replaces_the_first_unless_agreed_otherwise(
    engine: Engine,
) -> None:
    refusing = replace(TERMS, same_period="refuse")
    arrive(engine, numbered(1), "first")
    assert judged(engine, numbered(2), "second") == Place(1, 0)
    assert judged(engine, numbered(2), "second", refusing) is Code.PERIOD_ALREADY_ACCEPTED
    other_day = numbered(2, reference_date=date(2022, 7, 15))
    assert isinstance(judged(engine, other_day, "second", refusing), Place)
    elsewhere = numbered(2, departement="51", stated_departement="51")
    assert isinstance(judged(engine, elsewhere, "second", refusing), Place)


def test_a_day_whose_file_was_refused_is_free(engine: Engine) -> None:
    refusing = replace(TERMS, same_period="refuse")
    arrive(engine, numbered(1), "bad", refusing, faulty=Code.TOO_MANY_REJECTS)
    assert arrive(engine, numbered(2), "good", refusing) is None


def test_a_daily_file_leaves_its_day_to_the_monthly_one(emptied: Engine) -> None:
    terms = Terms(contract("cnaf-beneficiaires"), same_period="refuse")
    daily, monthly, again = (
        passport_of(f"b-{rank}", flow="cnaf-beneficiaires", name="x", reference_date=DAY)
        for rank in range(3)
    )
    keep(emptied, daily, collected(), replace(treated(daily.delivery), kind="I"))
    with emptied.begin() as connection:
        admit_period(connection, monthly, DAY, terms, "M")
        with pytest.raises(Refused):
            admit_period(connection, again, DAY, terms, "I")


@pytest.mark.parametrize("flow", held())
def test_a_day_belongs_to_its_first_file_in_every_flow_agreed_so(
    flow: str, emptied: Engine
) -> None:
    terms = Terms(contract(flow), same_period="refuse")
    first, second, other = (
        passport_of(f"{flow}-{day}-{rank}", flow=flow, name="x", reference_date=day)
        for rank, day in enumerate((DAY, DAY, date(2022, 7, 15)))
    )
    with emptied.begin() as connection:
        admit_period(connection, first, DAY, terms)
    keep(emptied, first, collected(), treated(first.delivery))
    with emptied.begin() as connection:
        with pytest.raises(Refused) as refused:
            admit_period(connection, second, DAY, terms)
        admit_period(connection, other, date(2022, 7, 15), terms)
    assert refused.value.code is Code.PERIOD_ALREADY_ACCEPTED


@pytest.mark.parametrize(
    ("day", "code"), [(DAY, None), (None, None), (date(2022, 6, 16), Code.INCOHERENT_DATES)]
)
def test_the_day_of_a_name_is_the_day_of_its_content(day: date | None, code: Code | None) -> None:
    if code is None:
        admit_day(numbered(1), day, TERMS)
        admit_day(numbered(1, is_well_named=False), date(1999, 1, 1), TERMS)
        return
    with pytest.raises(Refused) as refused:
        admit_day(numbered(1), day, TERMS)
    assert refused.value.code is code


# --- environments


def seen(name: str, terms: Terms = TERMS) -> tuple[int | None, str, bool]:
    entrance = Entrance("cd-parcours", "08", terms.contract)
    post = Post("cd", FolderSource(Path("/nowhere"), "cd"), (entrance,))
    arrival = Arrival(key="k", name=name, seen_at=datetime(2022, 6, 16, tzinfo=UTC))
    found = passport(post, arrival)
    return found.sequence, found.environment, found.is_well_named


def test_a_name_states_its_number_and_its_environment() -> None:
    assert seen(GOOD) == (1, "", True)
    assert seen("CD_T_000042.csv.gpg", LETTERED) == (42, "T", True)
    assert seen("CD_X_000042.csv", LETTERED) == (None, "", False)


@pytest.mark.parametrize(
    ("letter", "serves", "code"),
    [
        ("P", "production", None),
        ("T", "production", Code.OTHER_ENVIRONMENT),
        ("P", "test", Code.OTHER_ENVIRONMENT),
        ("T", "test", None),
        ("", "production", None),
        ("", "test", None),
    ],
)
def test_a_file_is_taken_in_the_environment_its_name_states_and_in_no_other(
    engine: Engine, letter: str, serves: str, code: Code | None
) -> None:
    terms = replace(LETTERED, environment=serves)  # type: ignore[arg-type]  # one of the two
    shown = numbered(1, name=f"CD_{letter or 'P'}_000001.csv", environment=letter)
    assert arrive(engine, shown, terms=terms) is code


def test_a_file_of_another_environment_says_nothing_of_numbers(engine: Engine) -> None:
    arrive(engine, numbered(1))
    shown = numbered(2, environment="T")
    assert arrive(engine, shown) is Code.OTHER_ENVIRONMENT
    assert judged(engine, numbered(3), "x") == Place(1, 1)


# --- replays, and what two people set aside


def again(rank: int, of: int, **changes: Any) -> Passport:
    return numbered(of, label=f"rejeu-{rank}", replay_of=f"cd-parcours-cd-{of}", **changes)


def test_a_replay_is_no_duplicate_of_what_it_replays_nor_of_its_other_replays(
    engine: Engine,
) -> None:
    arrive(engine, numbered(1), "same")
    assert arrive(engine, again(1, 1), "same") is None
    assert arrive(engine, again(2, 1), "same") is None
    assert arrive(engine, numbered(2), "same") is Code.DUPLICATE


def test_a_replay_of_a_content_accepted_elsewhere_meanwhile_has_no_effect(engine: Engine) -> None:
    arrive(engine, numbered(1), "same", faulty=Code.UNKNOWN_SIGNER)
    arrive(engine, numbered(2), "same")
    assert judged(engine, again(1, 1), "same") is Code.DUPLICATE


def test_a_replay_has_no_place_in_the_order_and_may_take_a_period(engine: Engine) -> None:
    refusing = replace(TERMS, same_period="refuse")
    arrive(engine, numbered(5), "first")
    old = numbered(3, name="CD-PARCOURS_08_20220615_000003_V1.csv")
    assert arrive(engine, old, "old", refusing) is Code.OLD_SEQUENCE
    assert arrive(engine, again(1, 3), "old", refusing) is None
    assert judged(engine, numbered(6), "next") == Place(2, 0)
    assert judged(engine, numbered(4), "older") is Code.OLD_SEQUENCE


def test_a_replay_does_not_take_the_number_of_another_file_unless_two_people_say_so(
    engine: Engine,
) -> None:
    arrive(engine, numbered(1), "first")
    assert arrive(engine, numbered(1, label="bis"), "second") is Code.SAME_NAME
    line = {"label": "rejeu", "replay_of": "cd-parcours-cd-bis"}
    assert judged(engine, numbered(1, **line), "second") is Code.SAME_NAME
    both = (Code.SAME_NAME, Code.SAME_SEQUENCE)
    assert isinstance(judged(engine, numbered(1, **line, waives=both), "second"), Place)
    only = numbered(1, **line, waives=(Code.SAME_NAME,))
    assert judged(engine, only, "second") is Code.SAME_SEQUENCE


def test_what_is_set_aside_is_that_check_and_no_other(engine: Engine) -> None:
    misnamed = numbered(1, is_well_named=False, sequence=None)
    assert judged(engine, misnamed, "x") is Code.UNKNOWN_NAME
    waived = replace(misnamed, waives=(Code.UNKNOWN_NAME,))
    assert isinstance(judged(engine, waived, "x"), Place)
    astray = replace(waived, stated_departement="59")
    assert judged(engine, astray, "x") is Code.OTHER_DEPARTEMENT
    assert astray.reference_date == DAY
