"""A report as partners receive it: JSON for their software, CSV for their spreadsheet.

Places, codes and French sentences of ours. A line is physical (the header is line 1), a record is
counted from 1 whatever the lines it spans: a quoted newline sets the two apart. There is no way to
put a value of the file in either.
"""

import csv
import io
import json

from schemas.reading import Anomaly, Report

HEADER = ("LIGNE", "ENREGISTREMENT", "COLONNE", "CODE", "GRAVITE", "LIBELLE")


def to_json(report: Report) -> str:
    """Write the whole report. A quoted newline makes a record of several lines: `ligne_fin`."""
    names = [name.lower() for name in HEADER]
    body = {
        "flux": report.flow,
        "version_contrat": report.contract_version,
        "lues": report.read,
        "acceptees": report.accepted,
        "rejetees": report.rejected,
        "ignorees": report.ignored,
        "par_code": {code.value: count for code, count in sorted(report.by_code().items())},
        "anomalies": [
            {**dict(zip(names, _line(one), strict=True)), "ligne_fin": one.end_line}
            for one in report.anomalies
        ],
    }
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def to_csv(report: Report) -> str:
    """Write the anomalies, one a line, under `HEADER`."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(_line(one) for one in report.anomalies)
    return text.getvalue()


def _line(anomaly: Anomaly) -> tuple[int | str | None, ...]:
    entry = anomaly.code.entry
    place = (anomaly.line, anomaly.record, anomaly.column)
    return (*place, anomaly.code.value, entry.effect.value, entry.label)
