"""What a treatment tells of a file stays within what a person can read."""

from gateway.passage.treatment import REPORT_LINES, _codes, _csv
from schemas.codes import Code
from schemas.reading import Anomaly, Report


def test_a_report_is_cut_where_the_counts_by_code_say_the_rest() -> None:
    many = REPORT_LINES + 5
    wrong = tuple(Anomaly(n + 2, n + 2, n + 1, "NIR", Code.NIR_KEY) for n in range(many))
    report = Report("cnaf-contacts", "1.0.0", many, 0, many, 0, wrong)
    assert len(_csv(report).splitlines()) == 1 + REPORT_LINES
    assert _codes(report) == {"GW-604": many}


def test_a_clean_file_has_no_report() -> None:
    assert _csv(Report("cnaf-contacts", "1.0.0", 3, 3, 0, 0)) == ""
