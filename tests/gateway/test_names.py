"""Names compared: what two spellings share, and what stays different."""

import unicodedata

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.identity.names import OPENED, garbled, normal, normalised

_letters = st.sampled_from("aZéÈçñÿœŒæßẞøł-'’. \t\u00a0\u0301\u0308ﬁÃ©Å“0_Жıſǽǿ")
_texts = st.one_of(
    st.text(_letters, max_size=12),
    st.text(st.characters(max_codepoint=0x24F), max_size=8),
    st.sampled_from(["inconnu", "Snp", "sans  nom", "x-x", "XX"]),
)


def column(*names: str | None) -> list[str | None]:
    frame = pl.DataFrame({"N": names}, schema={"N": pl.String})
    return frame.select(normalised(pl.col("N"))).to_series().to_list()


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("D'Angelo", "D ANGELO"),
        ("LE-GOFF", "LE GOFF"),
        ("  Lecœur ", "LECOEUR"),
        ("Élodie", "ELODIE"),
        ("Jean - Pierre", "JEAN PIERRE"),
        ("Strauß", "STRAUSS"),
        ("de la Tour", "DE LA TOUR"),
        ("Ǽlia", "AELIA"),
        ("Ñuñez 2", "NUNEZ"),
    ],
)
def test_a_name_is_compared_without_what_files_write_differently(
    written: str, compared: str
) -> None:
    assert column(written) == [compared]
    assert normal(written) == compared


@pytest.mark.parametrize("written", ["", " ", "-", "42", "INCONNU", "snp", "Xx", "Sans nom", None])
def test_the_absence_of_a_name_is_nobodys_name(written: str | None) -> None:
    assert column(written) == [None]
    assert normal(written) is None


def test_a_wrong_encoding_is_another_name_and_is_told() -> None:
    frame = pl.DataFrame({"N": ["LÃ©a", "Léa", "GAÃ‹L"]})
    assert column("LÃ©a") != column("Léa")
    assert frame.select(garbled(pl.col("N"))).to_series().to_list()[:2] == [True, False]


@settings(max_examples=150, deadline=None)
@given(st.lists(_texts, min_size=1, max_size=6))
@example(list(OPENED))
def test_the_column_and_the_function_agree(names: list[str]) -> None:
    assert column(*names) == [normal(name) for name in names]


@settings(max_examples=60, deadline=None)
@given(_texts)
def test_a_compared_name_stays_as_it_is_and_ignores_composition(name: str) -> None:
    compared = normal(name)
    assert normal(compared) == compared
    assert normal(unicodedata.normalize("NFD", name)) == compared
