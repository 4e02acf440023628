"""The page that integrators read shows what the code makes, to the byte."""

import re
from collections.abc import Mapping

import pytest

from gateway.delivery import Counts, Kept, Verdict
from gateway.notices import Origin, Rejects, notices
from schemas.codes import Code
from schemas.reading import Anomaly, Report
from schemas.reports import to_csv
from tests.house.tree import ROOT
from tests.world.records import NOON, digest

BLOCK = re.compile(r"<!-- exemple : ([^\n]+) -->\n```\w*\n(.*?)```\n", re.DOTALL)
WRONG = (
    Anomaly(7, 7, 6, "NIR", Code.NIR_KEY),
    Anomaly(12, 13, 11, "PRENOM", Code.QUOTED_NEWLINE),
    Anomaly(21, 21, 19, None, Code.SHORT_ROW),
)
REPORT = Report("cd-parcours", "1.0.0", 120, 118, 2, 0, WRONG)
KEPT = Kept(
    "cd-parcours-5f3a9c0e7b1d2468",
    Verdict.ACCEPTED,
    None,
    412,
    digest("received"),
    48_213,
    Counts.of(REPORT),
    {code.value: number for code, number in sorted(REPORT.by_code().items())},
    to_csv(REPORT),
    name="CD-PARCOURS_08_20220615_000001_V1.csv",
    flow="cd-parcours",
    contract_version="1.0.0",
    received_at=NOON,
    sequence=1,
)
REFUSED = Kept(
    "pe-parcours-0123456789abcdef", Verdict.REFUSED, Code.UNKNOWN_SIGNER, 413, digest("refused"), 9_120,
    name="PECG.xml", flow="pe-parcours", received_at=NOON,
)  # fmt: skip
REPEATED = Kept(
    "cd-parcours-89abcdef01234567", Verdict.DUPLICATE, Code.DUPLICATE, 414, digest("again"), 48_213,
    name=KEPT.name, flow="cd-parcours", received_at=NOON, sequence=1,
)  # fmt: skip


def examples() -> Mapping[str, str]:
    """What the page shows, by title."""
    rejects, origin = Rejects("csv", digest("rejects")), Origin(KEPT.delivery, KEPT.ledger_index)
    files = {
        n: b for told in notices(KEPT, at=NOON, rejects=rejects) for n, b in told.files.items()
    }
    refused, repeated = notices(REFUSED, at=NOON)[-1], notices(REPEATED, at=NOON, origin=origin)[-1]
    shown = files | {
        "ARL.json d'un refus": refused.files["ARL.json"],
        "ARA.json d'un doublon": repeated.files["ARA.json"],
    }
    return {title: body.decode() for title, body in shown.items()}


def page() -> str:
    return (ROOT / "docs" / "accuses.md").read_text("utf-8")


@pytest.mark.parametrize("title", examples())
def test_an_example_of_the_page_is_what_the_code_makes(title: str) -> None:
    shown = dict(BLOCK.findall(page()))
    assert shown.get(title) == examples()[title]


def test_the_page_shows_nothing_the_code_does_not_make() -> None:
    assert {title for title, _ in BLOCK.findall(page())} == set(examples())
