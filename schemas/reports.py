"""A report as partners receive it: JSON for their software, CSV for their spreadsheet.

Places, codes and French sentences of ours; there is no way to put a value of the file in either.
"""

import csv
import io
import json

from schemas.reading import Anomaly, Report

HEADER = ("LIGNE", "LIGNE_FIN", "ENREGISTREMENT", "COLONNE", "CODE", "GRAVITE", "LIBELLE")


def to_json(report: Report) -> str:
    """Write the whole report."""
    body = {
        "flux": report.flow,
        "version_contrat": report.contract_version,
        "lues": report.read,
        "acceptees": report.accepted,
        "rejetees": report.rejected,
        "ignorees": report.ignored,
        "par_code": {code.value: count for code, count in sorted(report.by_code().items())},
        "anomalies": [
            dict(zip((name.lower() for name in HEADER), _line(one), strict=True))
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
    place = (anomaly.line, anomaly.end_line, anomaly.record, anomaly.column)
    return (*place, anomaly.code.value, entry.effect.value, entry.label)
