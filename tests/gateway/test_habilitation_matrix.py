"""Who receives which column on a day: exactly what grants of that day open, no more, no less."""

import csv
import io
from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.authorising.sheet import matrix_csv
from gateway.errors import NotAuthorised
from gateway.habilitation import Gate, Habilitation, Offer, Status, compile_grant
from gateway.habilitation.matrix import matrix
from gateway.habilitation.model import Organisation
from tests.world.demands import draft
from tests.world.drafts import COLUMNS, drafts
from tests.world.habilitations import approved

DAY = date(2022, 6, 15)


@st.composite
def held(draw: st.DrawFn) -> list[Habilitation]:
    """Habilitations of different names, wherever each stands."""
    asked = draw(st.lists(drafts(), max_size=4))
    return [
        approved(replace(one, id=f"h-{number}", format=None), status=draw(st.sampled_from(Status)))
        for number, one in enumerate(asked)
    ]


def opened_by_grants(habilitations: list[Habilitation], on: date) -> set[tuple[str, ...]]:
    """Naively: what `compile_grant` gives that day."""
    found = set()
    for one in habilitations:
        try:
            grant = compile_grant(one, Offer(COLUMNS, Gate.SENT), on)
        except NotAuthorised:
            continue
        found |= {
            (grant.product, column, grant.recipient, one.id, *grant.departements)
            for column in grant.columns
        }
    return found


@settings(max_examples=150, deadline=None)
@given(held(), st.dates(date(2021, 12, 30), date(2022, 1, 14)))
def test_the_matrix_says_what_grants_open(habilitations: list[Habilitation], on: date) -> None:
    said = {
        (row.product, row.column, siret, one.habilitation, *one.departements)
        for row in matrix(habilitations, on).rows
        for siret, openings in row.cells.items()
        for one in openings
    }
    assert said == opened_by_grants(habilitations, on)


def test_two_habilitations_of_one_organisation_share_a_cell() -> None:
    two = [approved(draft()), approved(draft(id="h-51", departements=("51",)))]
    found = matrix(two, DAY)
    assert [one.siret for one in found.organisations] == ["00000000000001"]
    assert [[one.habilitation for one in row.cells["00000000000001"]] for row in found.rows] == [
        ["h-08-contacts-rdv-insertion", "h-51"]
    ] * 5


def test_the_sheet_is_read_by_a_spreadsheet_and_runs_nothing() -> None:
    named = draft(organisation=Organisation("00000000000002", '=HYPERLINK("x")'))
    body = matrix_csv(matrix([approved(named)], DAY))
    assert body.startswith(b"\xef\xbb\xbf")
    head, *lines = csv.reader(io.StringIO(body.decode("utf-8-sig")), delimiter=";")
    assert head[2] == '\'=HYPERLINK("x") (00000000000002)'
    assert len(lines) == 5
    assert lines[0] == [
        "contacts-rdv-insertion",
        "MATRICULE",
        "h-08-contacts-rdv-insertion v1 : 08, jusqu'au 31/12/2024",
    ]
