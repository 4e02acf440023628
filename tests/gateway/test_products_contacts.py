"""The feed of RDV-Insertion, to the byte."""

from datetime import date
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import NotAuthorised
from gateway.habilitation import Grant, compile_grant
from gateway.products import PRODUCTS
from gateway.products.cells import UnsafeCell, safe
from gateway.products.contacts_rdv_insertion import (
    COLUMNS,
    EMAIL,
    PHONE,
    PHONE_2,
    PRODUCT,
    ROLE,
    sheet,
)
from tests.world.extracts import made
from tests.world.habilitations import example, offer_of

EXAMPLES = Path(__file__).parents[2] / "config" / "habilitations"
A_DAY = date(2022, 6, 15)
MALFORMED_NIR = "1" * 12 + "A"  # the right length only: never a NIR somebody could bear
HEADER = b"MATRICULE;NIR;NUMERO TELEPHONE DOSSIER;NUMERO TELEPHONE 2 DOSSIER;ADRESSE ELECTRONIQUE DOSSIER\n"
Contact = tuple[str | None, ...]


def a_grant(columns: tuple[str, ...] = COLUMNS) -> Grant:
    habilitation = example(columns=columns)
    return compile_grant(habilitation, offer_of(habilitation), A_DAY)


def frame(*contacts: Contact) -> pl.DataFrame:
    """MATRICULE, role, NIR, phone, second phone, e-mail."""
    names = ["MATRICULE", ROLE, "NIR", PHONE, PHONE_2, EMAIL]
    return pl.DataFrame(contacts, schema=dict.fromkeys(names, pl.String), orient="row")


def build(contacts: pl.DataFrame, grant: Grant) -> bytes:
    return made(sheet(contacts, "08"), PRODUCT.name, grant, A_DAY)


def feed(*contacts: Contact, columns: tuple[str, ...] = COLUMNS) -> list[bytes]:
    return build(frame(*contacts), a_grant(columns)).removeprefix(HEADER).splitlines()


def test_the_feed_is_exact_to_the_byte() -> None:
    contacts = frame(
        ("0208956", "CONJOINT", None, "0612345678", None, None),
        ("0208956", "DEMANDEUR", None, "0324000000", "0690000000", "a.b@example.org"),
        ("0000001", "DEMANDEUR", None, None, None, "c.d@example.org"),
        ("0000002", "DEMANDEUR", None, None, None, None),
    ).with_columns(pl.lit("ignored").alias("NOM RESPONSABLE DOSSIER"))
    assert build(contacts, a_grant()) == HEADER + (
        b"0000001;;;;c.d@example.org\n"
        b"0208956;;0690000000;0324000000;a.b@example.org\n"
        b"0208956;;0612345678;;\n"
    )


def test_nobody_to_reach_leaves_the_header_alone() -> None:
    assert build(frame(), a_grant()) == HEADER
    assert build(frame(("0000001", "DEMANDEUR", None, "", None, "")), a_grant()) == HEADER


@pytest.mark.parametrize(
    ("first", "second", "written"),
    [
        ("0324000000", "0612345678", b"0612345678;0324000000"),
        ("0712345678", "0612345678", b"0712345678;0612345678"),
        ("0612345678", "0324000000", b"0612345678;0324000000"),
        ("0324000000", "0325000000", b"0324000000;0325000000"),
        (None, "0324000000", b"0324000000;"),
        (None, "0612345678", b"0612345678;"),
        ("0324000000", None, b"0324000000;"),
        ("0612345678", "0612345678", b"0612345678;"),
        ("0324000000", "0324000000", b"0324000000;"),
        ("", "0324000000", b"0324000000;"),
    ],
)
def test_the_mobile_comes_first_and_each_number_once(
    first: str | None, second: str | None, written: bytes
) -> None:
    assert feed(("0000001", "DEMANDEUR", None, first, second, None)) == [
        b"0000001;;" + written + b";"
    ]


def test_one_row_per_matricule_and_role_the_demandeur_first() -> None:
    rows = [
        ("0000002", "DEMANDEUR", None, "0600000003", None, None),
        ("0000001", "CONJOINT", None, "0600000002", None, None),
        ("0000001", "DEMANDEUR", None, "0600000001", None, None),
        ("0000001", "DEMANDEUR", None, "0600000001", None, None),
    ]
    assert [line[:20] for line in feed(*rows)] == [
        b"0000001;;0600000001;",
        b"0000001;;0600000002;",
        b"0000002;;0600000003;",
    ]


def test_a_column_outside_the_grant_is_not_written() -> None:
    columns = tuple(name for name in COLUMNS if name != "NIR")
    body = build(
        frame(("0000001", "DEMANDEUR", MALFORMED_NIR, "0600000001", None, None)), a_grant(columns)
    )
    assert body.splitlines() == [HEADER.replace(b"NIR;", b"").rstrip(), b"0000001;0600000001;;"]


def test_somebody_whose_only_contact_is_outside_the_grant_does_not_leave() -> None:
    rows = (
        ("0000001", "DEMANDEUR", None, None, None, "a.b@example.org"),
        ("0000002", "DEMANDEUR", None, "0600000001", None, None),
    )
    assert feed(*rows, columns=("MATRICULE", PHONE))[1:] == [b"0000002;0600000001"]


@pytest.mark.parametrize(
    "email",
    [
        "=x@example.org",
        "+x@example.org",
        "-x@example.org",
        "199992a999999@example.org",
        f"{'1' * 13}@example.org",
        "1.99.99.99.999.999@example.org",
    ],
)
def test_an_email_that_may_not_leave_is_left_out_and_the_feed_goes_on(email: str) -> None:
    rows = (
        ("0000001", "DEMANDEUR", None, "0600000001", None, email),
        ("0000002", "DEMANDEUR", None, None, None, email),
    )
    assert feed(*rows) == [b"0000001;;0600000001;;"]


@pytest.mark.parametrize(
    "contact",
    [
        ("=1+1+1+", "DEMANDEUR", None, "0600000001", None, None),
        ("208956", "DEMANDEUR", None, "0600000001", None, None),
        (None, "DEMANDEUR", None, "0600000001", None, None),
        ("0000001", "DEMANDEUR", "12", "0600000001", None, None),
        ("0000001", "DEMANDEUR", None, "+33600000001", None, None),
        ("0000001", "DEMANDEUR", None, "0600000001", "0324", None),
        ("0000001", "DEMANDEUR", None, None, None, "a;b@example.org"),
        ("0000001", "DEMANDEUR", None, None, None, "a\nb@example.org"),
        ("0000001", "DEMANDEUR", None, None, None, "ab@example.org\n"),
        ("0000001", "DEMANDEUR", None, None, None, "éa@example.org"),
        ("0000001", "DEMANDEUR", None, None, None, '"a"@example.org'),
    ],
)
def test_a_cell_without_the_shape_of_its_column_stops_the_feed_without_being_quoted(
    contact: Contact,
) -> None:
    with pytest.raises(
        UnsafeCell, match=r"^1 cells of [A-Z0-9 ]+ have not the shape of the column$"
    ):
        feed(contact)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_a_shape_may_begin_like_a_formula(start: str) -> None:
    with pytest.raises(UnsafeCell, match="1 cells of LIBRE"):
        safe(pl.DataFrame({"LIBRE": ["rien", None, f"{start}1"]}), {"LIBRE": "(?s).*"})


def test_the_grant_of_another_product_opens_nothing() -> None:
    other = example("risque-rupture-cd")
    with pytest.raises(NotAuthorised, match="autre produit"):
        build(frame(), compile_grant(other, offer_of(other), A_DAY))


def test_every_file_name_ends_in_lower_case_csv() -> None:
    assert PRODUCT.file_name("08", A_DAY) == "CONTACTS_08_20220615.csv"
    assert all(product.file_name("2A", A_DAY).endswith(".csv") for product in PRODUCTS.values())


SAMPLES = [folder / "shared" / "samples" / "dept-08" for folder in Path(__file__).parents[3:5]]
EXPECTED = [
    path
    for folder in SAMPLES
    if (path := folder / "expected" / "contacts-rdv-insertion.csv").is_file()
]


@pytest.mark.skipif(not EXPECTED, reason="the shared samples are not here")
def test_the_expected_feed_of_the_sample_is_written_as_we_write_ours() -> None:
    """Read back and written again in another order, it is the same to the byte."""
    rows = pl.read_csv(EXPECTED[0], separator=";", infer_schema=False)
    second = pl.col("MATRICULE").is_duplicated() & ~pl.col("MATRICULE").is_first_distinct()
    role = pl.when(second).then(pl.lit("CONJOINT")).otherwise(pl.lit("DEMANDEUR")).alias(ROLE)
    assert build(rows.with_columns(role).reverse(), a_grant()) == EXPECTED[0].read_bytes()


phones = st.none() | st.from_regex(r"0[1-9][0-9]{8}", fullmatch=True)
contacts = st.tuples(
    st.from_regex(r"000000[0-4]", fullmatch=True),
    st.sampled_from(["DEMANDEUR", "CONJOINT"]),
    st.none(),
    phones,
    phones,
    st.none() | st.from_regex(r"[a-z]{2}@example\.org", fullmatch=True),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(contacts, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(rows: list[Contact], chance: Random) -> None:
    assert feed(*rows) == feed(*chance.sample(rows, len(rows)))


@settings(max_examples=40, deadline=None)
@given(st.lists(contacts, max_size=8))
def test_whoever_can_be_reached_is_there_once(rows: list[Contact]) -> None:
    assert len(feed(*rows)) == len({row[:2] for row in rows if any(row[3:])})
