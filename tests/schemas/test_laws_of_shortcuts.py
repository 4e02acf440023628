"""A field type made fast says what its slow and plain writing says."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from schemas.fields.form import Step
from schemas.fields.identifiers import MATRICULE, NUMDEMRSA
from schemas.fields.nir import NIR, PATTERN, has_right_key
from schemas.fields.phone import PHONE, _any_plan, _plans_by_code

PLAN = st.from_regex(_any_plan(), fullmatch=True, alphabet=st.characters(codec="ascii"))
PREFIXES = st.sampled_from(["", "0", "33", "+33", "0033", "262", "+590", "00594", "5960", "+", "1"])
PHONES = st.builds(str.__add__, PREFIXES, PLAN | st.text("0123456789 .+-A\n", max_size=12))
NUMBERS = st.text("0123456789AaB \n", max_size=16) | st.builds(
    str.__add__, st.text("0123456789", max_size=11), st.sampled_from(["", "0" * 8, "0" * 7, "\n"])
)
NIRS = st.from_regex(PATTERN, fullmatch=True, alphabet=st.characters(codec="ascii"))


def agree(texts: list[str | None], fast: Step, slow: Step) -> bool:
    frame = pl.DataFrame({"x": texts}, schema={"x": pl.String})
    made = frame.select(fast=fast(pl.col("x")), slow=slow(pl.col("x")))
    return made["fast"].to_list() == made["slow"].to_list()


def some(texts: st.SearchStrategy[str]) -> st.SearchStrategy[list[str | None]]:
    return st.lists(texts | st.none() | st.text(max_size=3), max_size=30)


@given(PLAN)
def test_every_number_of_the_plan_has_nine_figures(number: str) -> None:
    assert len(number) == 9


@given(some(PHONES))
def test_a_phone_found_by_its_place_is_the_one_captured(texts: list[str | None]) -> None:
    def captured(text: pl.Expr) -> pl.Expr:
        bare = text.str.replace_all(r"[\s./()\-]", "")
        abroad = [
            bare.str.extract(rf"^(?:\+|00)?{code}0?({plan})$")
            for code, plan in _plans_by_code().items()
        ]
        known = pl.coalesce(*abroad, bare.str.extract(f"^0?({_any_plan()})$"))
        return pl.concat_str(pl.lit("0"), known).fill_null(text)

    assert agree(texts, PHONE.normalise, captured)


@given(some(NUMBERS))
def test_a_file_number_cut_is_the_one_captured(texts: list[str | None]) -> None:
    def compact(text: pl.Expr) -> pl.Expr:
        return text.str.replace_all(r"\s", "").str.to_uppercase()

    def matricule(text: pl.Expr) -> pl.Expr:
        short = compact(text).str.replace("^(.{7})0{8}$", "${1}")
        lost = short.str.contains("^[0-9]{1,6}$")
        return pl.when(lost).then(short.str.zfill(7)).otherwise(short)

    def numdemrsa(text: pl.Expr) -> pl.Expr:
        short = compact(text)
        lost = short.str.contains("^[0-9]{8,10}$")
        return pl.when(lost).then(short.str.zfill(11)).otherwise(short)

    assert agree(texts, MATRICULE.normalise, matricule)
    assert agree(texts, NUMDEMRSA.normalise, numdemrsa)


@given(st.lists(NIRS, max_size=30))
def test_the_letter_of_corsica_is_found_wherever_it_is_looked_for(texts: list[str | None]) -> None:
    def at_its_place(text: pl.Expr) -> pl.Expr:
        number = text.str.slice(0, 13)
        for letters, figures in (("2A", "19"), ("2B", "18")):
            number = number.str.replace(f"^(.{{5}}){letters}", f"${{1}}{figures}")
        key = text.str.slice(13, 2).cast(pl.Int64, strict=False)
        return (text.str.len_chars() != 15) | (key == 97 - number.cast(pl.Int64) % 97)

    assert agree(texts, has_right_key, at_its_place)
    assert agree(texts, NIR.normalise, lambda text: text)
