"""What a sender is told: never before its time, never a value, always what to do."""

import json
from collections.abc import Sequence

import pytest

from connectors.contract import Milestone, Notice
from gateway.delivery import Counts, Kept, Verdict
from gateway.stages.acknowledge import notices
from schemas.codes import Code, Effect

DIGEST, NO_ROWS = "ab" * 32, Counts()
REFUSING = [code for code in Code if code.entry.effect is Effect.FILE_REFUSED]


def of(
    verdict: Verdict, code: Code | None = None, *, counts: Counts = NO_ROWS, digest: str = DIGEST
) -> Kept:
    report = "LIGNE;COLONNE\n2;NIR\n" if counts.rejected else ""
    codes = {"GW-604": counts.rejected} if counts.rejected else {}
    return Kept("d-1", verdict, code, 7, digest, 10, counts, codes, report)


def milestones(told: Sequence[Notice]) -> list[Milestone]:
    return [notice.milestone for notice in told]


def test_an_accepted_delivery_is_told_received_readable_integrated() -> None:
    told = notices(of(Verdict.ACCEPTED, counts=Counts(10, 8, 1, 1)))
    assert milestones(told) == [Milestone.RECEIVED, Milestone.READABLE, Milestone.INTEGRATED]
    assert [sorted(n.files) for n in told] == [["ART.json"], ["ARL.json"], ["ARA.csv", "ARA.json"]]
    last = json.loads(told[-1].files["ARA.json"])
    assert last["lignes"] == {"lues": 10, "acceptees": 8, "rejetees": 1, "ignorees": 1}
    assert last["codes"] == {"GW-604": 1}
    assert last["ecriture_journal"] == 7


@pytest.mark.parametrize("code", REFUSING)
def test_a_refusal_is_told_with_its_code_its_label_and_what_to_do(code: Code) -> None:
    told = notices(of(Verdict.REFUSED, code))
    assert milestones(told) == [Milestone.RECEIVED, Milestone.UNREADABLE]
    body = json.loads(told[-1].files["ARL.json"])
    assert (body["resultat"], body["code"]) == ("NEGATIF", code.value)
    assert (body["libelle"], body["action"]) == (code.entry.label, code.entry.action)
    assert told[-1].code == code.value
    assert code.entry.action in told[-1].message


def test_a_content_refused_is_readable_and_comes_with_its_lines() -> None:
    told = notices(of(Verdict.REFUSED, Code.TOO_MANY_REJECTS, counts=Counts(10, 0, 10, 0)))
    assert milestones(told) == [Milestone.RECEIVED, Milestone.REFUSED]
    assert sorted(told[-1].files) == ["ARA.csv", "ARA.json"]


def test_what_was_never_whole_is_not_said_to_be_received() -> None:
    told = notices(of(Verdict.REFUSED, Code.INCOMPLETE_TRANSFER, digest=""))
    assert milestones(told) == [Milestone.UNREADABLE]


def test_a_duplicate_is_told_as_such_and_nothing_is_refused() -> None:
    told = notices(of(Verdict.DUPLICATE, Code.DUPLICATE))
    assert milestones(told)[-1] is Milestone.INTEGRATED
    assert json.loads(told[-1].files["ARA.json"])["resultat"] == "DOUBLON"
