"""What refuses a whole file, and what does not."""

import codecs

import polars as pl
import pytest

from schemas.codes import Code
from schemas.reading import FileRefused
from tests.schemas.papers import Desk, contact, dossier, header, journey, lines, pecg, wrong_key

CONTACTS, PE, CD = "cnaf-contacts", "pe-parcours", "cd-parcours"
TWO = [dossier(1), dossier(2)]
DTD = '<?xml version="1.0" encoding="ISO-8859-1"?>\n<!DOCTYPE fichier-PE-CG [{}]>\n'
LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
BOMB = DTD.format(f'<!ENTITY l0 "ha">{LAUGHS}')
CONTACT_LINES = lines(CONTACTS, [contact(1)])
JOURNEY_LINES = lines(CD, [journey(1)])


@pytest.mark.parametrize(
    ("flow", "content", "code"),
    [
        (CONTACTS, b"", Code.EMPTY),
        (PE, b"", Code.EMPTY),
        (CD, b" \r\n\t\n", Code.EMPTY),
        (CD, codecs.BOM_UTF8, Code.EMPTY),
        (CONTACTS, CONTACT_LINES.encode(), Code.WRONG_ENCODING),
        (CONTACTS, CONTACT_LINES.encode("utf-8-sig"), Code.WRONG_ENCODING),
        (CONTACTS, CONTACT_LINES.encode("utf-16"), Code.WRONG_ENCODING),
        (CD, JOURNEY_LINES.encode("iso-8859-1"), Code.WRONG_ENCODING),
        (PE, pecg(TWO).encode(), Code.WRONG_ENCODING),
        (PE, pecg(TWO).encode("utf-8-sig"), Code.WRONG_ENCODING),
        (PE, pecg(TWO, prolog='<?xml version="1.0" encoding="UTF-8"?>'), Code.WRONG_ENCODING),
        (PE, pecg(TWO, prolog=""), Code.WRONG_ENCODING),
        (PE, pecg(TWO).encode("utf-16-le"), Code.WRONG_ENCODING),
        (CONTACTS, CONTACT_LINES.replace("NIR", "NUMERO"), Code.WRONG_HEADER),
        (CONTACTS, CONTACT_LINES.partition("\n")[2], Code.WRONG_HEADER),
        (CD, JOURNEY_LINES.replace("NIR;", ""), Code.WRONG_HEADER),
        (CONTACTS, "X" * 200_000, Code.WRONG_HEADER),
        (CONTACTS, lines(CONTACTS, [contact(1, NOM='"X'), contact(2)]), Code.MALFORMED_CSV),
        (CONTACTS, lines(CONTACTS, [contact(1, NOM="X" * 200_000)]), Code.MALFORMED_CSV),
        (CONTACTS, "X" * 3_000_000, Code.MALFORMED_CSV),
        (PE, pecg(TWO)[:-4], Code.MALFORMED_XML),
        (PE, "bonjour", Code.MALFORMED_XML),
        (PE, pecg([f"<dossier>{'<a>' * 400}{'</a>' * 400}</dossier>"]), Code.MALFORMED_XML),
        (PE, pecg(TWO).replace("ÉTÉ", "\0"), Code.WRONG_ENCODING),
        (PE, pecg(TWO, prolog=DTD.format("")), Code.DOCTYPE),
        (PE, pecg(TWO, prolog=BOMB).replace("ÉTÉ", "&l9;"), Code.DOCTYPE),
        (PE, pecg(TWO).replace("ÉTÉ", "&inconnue;"), Code.MALFORMED_XML),
        (PE, pecg(TWO).replace("fichier-PE-CG", "autre"), Code.WRONG_ENVELOPE),
        (PE, pecg(TWO, kind="PEXX"), Code.WRONG_ENVELOPE),
        (PE, pecg(TWO, made="hier"), Code.WRONG_ENVELOPE),
        (PE, pecg(TWO, made="2022-13-01"), Code.WRONG_ENVELOPE),
        (PE, pecg(TWO).replace("date-fabrication", "fabrication"), Code.WRONG_ENVELOPE),
        (PE, pecg(TWO, total="0000003"), Code.CONTROL_TOTAL),
        (PE, pecg(TWO, total="deux"), Code.CONTROL_TOTAL),
        (PE, pecg(TWO, end_departement="51"), Code.HEADER_FOOTER_DIFFER),
        (PE, pecg(TWO, end_reference="2022-05-01"), Code.HEADER_FOOTER_DIFFER),
        (PE, pecg(TWO, made="2022-05-31"), Code.INCOHERENT_DATES),
        (PE, pecg(TWO, departement="51"), Code.OTHER_DEPARTEMENT),
        (CD, lines(CD, [journey(n, NIR=wrong_key()) for n in range(2)]), Code.TOO_MANY_REJECTS),
    ],
)
def test_a_file_is_refused_whole_with_its_code(
    desk: Desk, flow: str, content: str | bytes, code: Code
) -> None:
    assert desk.refusal(flow, content).code is code


@pytest.mark.parametrize(
    ("flow", "content"),
    [
        (CONTACTS, header(CONTACTS)),
        (CONTACTS, CONTACT_LINES.replace("NIR;", ' "NIR" ;', 1)),
        (CONTACTS, CONTACT_LINES.replace("\n", "\r\n")),
        (CONTACTS, CONTACT_LINES + "\n\n  \n"),
        (CONTACTS, CONTACT_LINES.rstrip("\n")),
        (CD, JOURNEY_LINES.encode("utf-8-sig")),
        (PE, pecg([])),
        (PE, pecg(TWO).replace("</individu>", "<nouveau>x</nouveau></individu>")),
        (PE, pecg([TWO[0].replace("</dossier>", f"<autre>{TWO[1]}</autre></dossier>")])),
        (PE, pecg(TWO, departement="008", end_departement="8")),
        (PE, pecg(TWO, prolog="").replace("ÉTÉ", "ETE")),
        (PE, pecg(TWO, made="2022-06-01")),
    ],
)
def test_a_lawful_oddity_of_the_whole_file_is_accepted(
    desk: Desk, flow: str, content: str | bytes
) -> None:
    report = desk.read(flow, content).report
    assert report.anomalies == ()
    assert report.accepted == report.read <= 2


def test_a_file_with_nobody_has_the_columns_and_types_of_any_other(desk: Desk) -> None:
    empty = desk.read(CONTACTS, header(CONTACTS)).rows
    assert empty.schema == desk.read(CONTACTS, CONTACT_LINES).rows.schema
    assert empty.schema["DATE DEMANDE RSA"] == pl.Date
    assert empty.schema["LIGNE"] == pl.Int64


@pytest.mark.parametrize(
    ("written", "ours"),
    [("052", "52"), ("08", "8"), ("2a", "2A"), ("02B", "2B"), ("974", "974"), ("0971", "971")],
)
def test_a_departement_is_the_same_however_it_is_padded(
    desk: Desk, written: str, ours: str
) -> None:
    reading = desk.read(PE, pecg(TWO, departement=written, end_departement=written), ours)
    assert desk.refusal(PE, pecg(TWO), "974").code is Code.OTHER_DEPARTEMENT
    assert reading.departement == ours.zfill(2)


def test_five_per_cent_of_rejects_pass_and_one_more_does_not(desk: Desk) -> None:
    good = [contact(n) for n in range(1, 20)]
    bad = contact(30, MATRICULE="")
    assert desk.read(CONTACTS, lines(CONTACTS, [*good, bad])).report.rejected == 1
    refused = desk.refusal(CONTACTS, lines(CONTACTS, [*good, bad, bad]))
    assert refused.report is not None
    assert (refused.report.read, refused.report.rejected) == (21, 2)
    assert [one.line for one in refused.report.anomalies] == [21, 22]


def test_what_the_envelope_states_is_given_back(desk: Desk) -> None:
    reading = desk.read(PE, pecg(TWO))
    stated = (reading.departement, str(reading.reference_date), str(reading.made_on))
    assert stated == ("08", "2022-06-01", "2022-06-14")


def test_a_truncated_file_is_refused_or_reported_never_anything_else(desk: Desk) -> None:
    bodies = {
        CONTACTS: lines(CONTACTS, [contact(n) for n in range(30)]).encode("iso-8859-15"),
        CD: lines(CD, [journey(n, NOM_USAGE='"A ""B"""') for n in range(30)]).encode(),
        PE: pecg([dossier(n) for n in range(10)]).encode("iso-8859-1"),
    }
    for flow, body in bodies.items():
        refused = [desk.refusal(flow, body[:n]) for n in range(0, 200, 100)]
        assert all(one.code.entry.label for one in refused)
        for size in range(200, len(body), 100):
            if flow == PE:
                assert desk.refusal(flow, body[:size]).code is Code.MALFORMED_XML
            else:
                assert _settles(desk, flow, body[:size])


def _settles(desk: Desk, flow: str, body: bytes) -> bool:
    try:
        return desk.read(flow, body).report.read > 0
    except FileRefused as refused:
        return refused.code in {
            Code.WRONG_HEADER,
            Code.WRONG_ENCODING,
            Code.MALFORMED_CSV,
            Code.TOO_MANY_REJECTS,
        }
