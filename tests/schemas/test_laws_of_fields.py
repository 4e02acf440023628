"""Laws of the field types, with the reference libraries as oracles."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.fr import nir as oracle

from schemas.codes import Code
from schemas.fields.email import EMAIL
from schemas.fields.form import Form
from schemas.fields.identifiers import MATRICULE, NUMDEMRSA, PE_IDENTIFIER
from schemas.fields.nir import NIR
from schemas.fields.phone import PHONE, REGIONS
from schemas.laws import normalise_departement
from tests.schemas.asking import verdict
from tests.schemas.papers import key_of

FIGURES = st.text("0123456789", min_size=6, max_size=6)
MONTHS = st.one_of(st.integers(1, 12), st.integers(20, 99))
TOWNS = st.one_of(st.integers(1, 99).map("{:02d}".format), st.sampled_from(["2A", "2B"]))
NUMBERS = st.builds(
    lambda sex, year, month, town, rest: f"{sex}{year:02d}{month:02d}{town}{rest}",
    st.sampled_from("123478"), st.integers(0, 99), MONTHS, TOWNS, FIGURES,
)  # fmt: skip


@given(NUMBERS)
def test_the_right_key_and_no_key_are_accepted_as_received(number: str) -> None:
    assert verdict(NIR, number) == (number, None)
    assert verdict(NIR, number + key_of(number)) == (number + key_of(number), None)
    assert oracle.calc_check_digits(number) == key_of(number)


@given(NUMBERS, st.integers(1, 97))
def test_any_other_key_is_refused_and_never_repaired(number: str, key: int) -> None:
    given_key = f"{key:02d}"
    expected = None if given_key == key_of(number) else Code.NIR_KEY
    assert verdict(NIR, number + given_key) == (number + given_key, expected)


@given(NUMBERS, st.integers(0, 14), st.sampled_from("0123456789"))
def test_one_wrong_figure_never_passes_the_key(number: str, place: int, figure: str) -> None:
    whole = number + key_of(number)
    changed = whole[:place] + figure + whole[place + 1 :]
    if changed != whole:
        assert verdict(NIR, changed)[1] in {Code.NIR_FORMAT, Code.NIR_KEY}


@pytest.mark.parametrize("month", ["00", "13", "19"])
def test_a_month_that_no_registry_writes_is_a_wrong_form(month: str) -> None:
    assert verdict(NIR, f"285{month}08999123")[1] is Code.NIR_FORMAT


def test_blanks_and_small_letters_of_a_nir_are_only_writing() -> None:
    parts = ["2", "85", "07", "2a", "999", "123"]
    assert verdict(NIR, " ".join(parts)) == ("".join(parts).upper(), None)


PHONES = st.builds(
    "{}{}".format,
    st.sampled_from(["", "0", "+33", "0033", "+590", "00594", "+596", "+262", "+33 0", "+32"]),
    st.one_of(
        st.text("0123456789", min_size=7, max_size=10),
        st.builds("{}{}".format,
                  st.sampled_from(["6", "7", "690", "694", "696", "692", "639", "590", "262", "9"]),
                  st.text("0123456789", min_size=6, max_size=8)),
    ),
)  # fmt: skip


def usable(text: str) -> str | None:
    """Give what the library makes of a number: the plan of six regions, tried in turn."""
    for region in REGIONS:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if any(phonenumbers.is_valid_number_for_region(number, each) for each in REGIONS):
            return f"0{number.national_number}"
    return None


@settings(max_examples=200)
@given(PHONES)
def test_a_phone_is_usable_when_the_numbering_plan_says_so(text: str) -> None:
    canonical, fault = verdict(PHONE, text)
    assert (canonical if fault is None else None) == usable(text)


@given(PHONES)
def test_a_canonical_phone_stays_as_it_is(text: str) -> None:
    canonical, fault = verdict(PHONE, text)
    if fault is None:
        assert verdict(PHONE, canonical) == (canonical, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("600000000", "0600000000"),
        ("06.00.00.00.00", "0600000000"),
        ("06 00 00 00 00", "0600000000"),
        ("0033 (0)6 00 00 00 00", "0600000000"),
        ("00594694000014", "0694000014"),
        ("+262692000066", "0692000066"),
        ("33600000000", "0600000000"),
        ("06 00 FLEURS", None),
        ("0639120000", None),
        ("+32470000000", None),
        ("0600000000/0600000001", None),
        ("٠٦٠٠٠٠٠٠٠٠", None),
    ],
)
def test_a_phone_is_understood_however_it_is_written(text: str, expected: str | None) -> None:
    canonical, fault = verdict(PHONE, text)
    assert (canonical if fault is None else None) == expected


@given(st.emails())
def test_a_canonical_address_stays_as_it_is(address: str) -> None:
    canonical, fault = verdict(EMAIL, address)
    assert verdict(EMAIL, canonical) == (canonical, fault)
    if fault is None:
        assert canonical.isascii()
        assert canonical == canonical.lower()


@pytest.mark.parametrize("address", ["a@b.fr", "zoe@example", "zoé@example.org", "o'neil@x.org",
                                     ".zoe@x.org", "zoe@x..org", "zoe@x.o", "zoe x.org"])  # fmt: skip
def test_an_address_rdv_insertion_refuses_is_unusable(address: str) -> None:
    assert verdict(EMAIL, address)[1] is Code.EMAIL


def test_blanks_and_capitals_of_an_address_are_only_writing() -> None:
    assert verdict(EMAIL, " Zoe.Ete @Example.ORG") == ("zoe.ete@example.org", None)


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        (MATRICULE, "42", "0000042"),
        (MATRICULE, "1234567", "1234567"),
        (MATRICULE, "1234567" + "0" * 8, "1234567"),
        (MATRICULE, "abcdefg", "ABCDEFG"),
        (MATRICULE, "1234567" + "8" * 8, "1234567" + "8" * 8),
        (MATRICULE, "1234567" + "8" * 7, None),
        (MATRICULE, "AB", None),
        (NUMDEMRSA, "12345678", "00012345678"),
        (NUMDEMRSA, "1234567", None),
        (PE_IDENTIFIER, "0338783756D", "0338783756D"),
        (PE_IDENTIFIER, "8783756d", "8783756D"),
        (PE_IDENTIFIER, "8783756D008", "8783756D008"),
        (PE_IDENTIFIER, "878375", None),
    ],
)
def test_a_file_number_gets_back_only_its_lost_zeros(
    form: Form, text: str, expected: str | None
) -> None:
    canonical, fault = verdict(form, text)
    assert (canonical if fault is None else None) == expected


@given(st.sampled_from(["1", "8", "10", "95", "2A", "2B", "971", "976"]), st.integers(0, 2))
def test_a_departement_does_not_depend_on_its_zeros(number: str, zeros: int) -> None:
    assert normalise_departement("0" * zeros + number) == normalise_departement(number)
