"""Every reason for which something waits has its French sentence and what to do."""

import pytest

from connectors.contract import Snag, Withholding
from gateway.cli.snags import SNAGS, WITHHOLDINGS, silence_of
from schemas.codes import Code


def test_the_table_is_complete() -> None:
    assert set(SNAGS) == set(Snag)
    assert set(WITHHOLDINGS) == set(Withholding)


@pytest.mark.parametrize("snag", Snag)
def test_a_snag_says_why_and_what_to_do(snag: Snag) -> None:
    advice = SNAGS[snag]
    assert len(advice.why) > 20
    assert len(advice.action) > 20
    assert not advice.why.endswith(".")


def test_what_is_withheld_is_announced_with_the_code_it_will_be_refused_by() -> None:
    codes = (
        Code.VIRUS_AT_PLACE, Code.REJECTED_AT_PLACE, Code.PURGED_AT_PLACE, Code.MANIFEST_DIFFERS,
    )  # fmt: skip
    for sentence, code in zip(WITHHOLDINGS.values(), codes, strict=True):
        assert code.value in sentence


def test_an_error_new_to_us_is_said_by_its_name() -> None:
    assert silence_of("Denied") != "Denied"
    assert silence_of("Surprise") == "Surprise"
