"""A report as partners receive it: JSON for their software, CSV for their spreadsheet.

1. Places, codes and French sentences of ours. A line is physical (the header is line 1), a record is
   counted from 1 whatever the lines it spans: a quoted newline sets the two apart.
2. Errors first, then warnings, each in the order of the file: what is cut at the end is never an error
   while a warning is shown.
3. There is no way to put a value of the file in either, nor its name.

The page for people is `schemas.page`.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping

from schemas.codes import Code, Entry
from schemas.conclusion import Conclusion, Finding, is_error
from schemas.disappearance import Disappearance
from schemas.reading import Anomaly, FileRefused, Report

HEADER = ("LIGNE", "ENREGISTREMENT", "COLONNE", "CODE", "GRAVITE", "LIBELLE")


def to_json(found: Conclusion | Report) -> str:
    """Write all of it. A quoted newline makes a record of several lines: `ligne_fin`."""
    concluded = Conclusion(found) if isinstance(found, Report) else found
    report = concluded.report
    body = {
        "flux": report.flow,
        "version_contrat": report.contract_version,
        "verdict": concluded.outcome.value,
        "refus": _refusal(concluded.refused),
        "lues": report.read,
        "acceptees": report.accepted,
        "rejetees": report.rejected,
        "ignorees": report.ignored,
        "codes": {code.value: count for code, count in sorted(report.by_code().items())},
        "erreurs": [_finding(one) for one in concluded.findings(errors=True)],
        "avertissements": [_finding(one) for one in concluded.findings(errors=False)],
        "disparition": _disappearance(concluded.disappearance),
        "remarques": [{"code": code.value, **_words(code.entry)} for code in concluded.remarks],
        "anomalies": [
            {**dict(zip(_NAMES, _line(one), strict=True)), "ligne_fin": one.end_line}
            for one in _errors_first(report.anomalies)
        ],
    }
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def to_csv(report: Report) -> str:
    """Write the anomalies, one a line, under `HEADER`; what is said of the whole file has no place."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(_line(one) for one in _errors_first(report.anomalies))
    writer.writerows(
        (None, None, column, code.value, code.entry.effect.value, code.entry.label)
        for code, column in _placeless(report)
    )
    return text.getvalue()


def cut(report: Report, most: int) -> tuple[Anomaly, ...]:
    """Give at most so many anomalies, those that a sender must correct before the others."""
    return tuple(_errors_first(report.anomalies)[:most])


_NAMES = tuple(name.lower() for name in HEADER)


def _errors_first(anomalies: Iterable[Anomaly]) -> list[Anomaly]:
    return sorted(anomalies, key=lambda one: not is_error(one.code))


def _placeless(report: Report) -> Iterable[tuple[Code, str | None]]:
    """What was found and is listed nowhere: of the whole file, or cut."""
    return sorted(
        set(report.by_column()) - {(one.code, one.column) for one in report.anomalies},
        key=lambda kind: (kind[0], kind[1] or ""),
    )


def _line(anomaly: Anomaly) -> tuple[int | str | None, ...]:
    entry = anomaly.code.entry
    place = (anomaly.line, anomaly.record, anomaly.column)
    return (*place, anomaly.code.value, entry.effect.value, entry.label)


def _finding(one: Finding) -> Mapping[str, object]:
    places = [
        {"ligne": each.line, "ligne_fin": each.end_line, "enregistrement": each.record}
        for each in one.first
    ]
    said = {"code": one.code.value, "colonne": one.column, "nombre": one.count}
    return {**said, **_words(one.entry), "premieres": places}


def _refusal(refused: FileRefused | None) -> Mapping[str, object] | None:
    if refused is None:
        return None
    place = {"colonne": refused.column, "ligne": refused.line}
    return {"code": refused.code.value, **_words(refused.code.entry), **place}


def _disappearance(found: Disappearance | None) -> Mapping[str, object] | None:
    if found is None:
        return None
    return {"precedent": found.before, "disparues": found.gone, "seuil": found.threshold}


def _words(entry: Entry) -> Mapping[str, str]:
    return {"gravite": entry.effect.value, "libelle": entry.label, "action": entry.action}
