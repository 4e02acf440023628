"""XML written to break its reader: refused, or read for what it says, in little time and little memory."""

import gc
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.codes import Code
from schemas.readers import markup
from schemas.reading import FileRefused
from tests.schemas.foyers import PROLOG, block, flow, household, identification, person, tags
from tests.schemas.papers import NUMBER, Desk, dossier, pecg

FLOW = "cnaf-beneficiaires"
LONGEST = 10.0  # seconds, on a machine that does ten other things
MOST = 60  # MiB
DTD = "<!DOCTYPE Racine {}>\n"
INSIDE = PROLOG + "<Racine>\n<InfosFoyerRSA>\n"


def resident() -> float:
    """MiB this process holds now."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096 / (1 << 20)


def refused_cheaply(desk: Desk, body: bytes) -> FileRefused:
    """Refuse it, and hold nothing of it afterwards."""
    held, started = resident(), time.perf_counter()
    refused = desk.refusal(FLOW, body)
    assert time.perf_counter() - started < LONGEST
    assert resident() - held < MOST
    return refused


def inside(text: str, number: int) -> Callable[[], bytes]:
    return lambda: (INSIDE + text * number).encode()


BOMBS: dict[str, tuple[Callable[[], bytes], set[Code]]] = {
    "a hundred thousand levels": (inside("<a>", 100_000), {Code.MALFORMED_XML}),
    "a text of ten megabytes": (
        lambda: (INSIDE + "<NOM>" + "A" * 10_500_000).encode(),
        {Code.MALFORMED_XML, Code.WRONG_ENVELOPE},
    ),
    "a million siblings in a record": (inside("<a/>", 1_000_000), {Code.WRONG_ENVELOPE}),
    "a million siblings in the second record": (
        lambda: (
            flow([household()])[: -len("</Racine>\n")] + "<InfosFoyerRSA>" + "<a/>" * 600_000
        ).encode("iso-8859-1"),
        {Code.MALFORMED_XML},
    ),
    "a million attributes": (
        lambda: (INSIDE + "<a " + " ".join(f'b{n}=""' for n in range(300_000)) + "/>").encode(),
        {Code.MALFORMED_XML, Code.WRONG_ENVELOPE},
    ),
    "a million attributes of the root": (
        lambda: (PROLOG + "<Racine " + " ".join(f'b{n}=""' for n in range(300_000))).encode(),
        {Code.MALFORMED_XML, Code.WRONG_ENVELOPE},
    ),
    "a name of a megabyte": (
        inside("<" + "a" * 1_200_000 + "/>", 1),
        {Code.MALFORMED_XML, Code.WRONG_ENVELOPE},
    ),
    "blanks without end": (
        lambda: (PROLOG + "<Racine>" + " " * 1_500_000).encode(),
        {Code.WRONG_ENVELOPE},
    ),
    "a comment without end": (
        inside("<!-- " + "a" * 1_500_000, 1),
        {Code.MALFORMED_XML, Code.WRONG_ENVELOPE},
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_never_ends_is_refused_in_little_time_and_memory(desk: Desk, name: str) -> None:
    make, codes = BOMBS[name]
    assert refused_cheaply(desk, make()).code in codes


def test_a_million_unknown_elements_between_records_are_forgotten_one_by_one(desk: Desk) -> None:
    whole = flow(["<a/>\n" * 200_000, household()], totals={"NBTOTDOSRSATRANSM": "1"})
    held = resident()
    assert desk.read(FLOW, whole).report.accepted == 1
    assert resident() - held < MOST


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("ISO-8859-1", "ascii"),
        ("UTF-8", "utf-8"),
        ("UTF-16", "utf-16"),
        ("UTF-16LE", "utf-16-le"),
        ("UTF-7", "utf-7"),
        ("IBM037", "cp037"),
    ],
)
def test_an_entity_is_refused_whatever_hides_it(desk: Desk, declared: str, encoding: str) -> None:
    prolog = f'<?xml version="1.0" encoding="{declared}"?>\n'
    bomb = DTD.format('[<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]')
    body = (prolog + bomb + flow([], prolog="").replace("CRI", "&b;")).encode(encoding)
    assert desk.refusal(FLOW, body).code in {Code.DOCTYPE, Code.WRONG_ENCODING}


@pytest.mark.parametrize("spelling", ["<!DOCTYPE", "<!doctype", "<!DocType"])
@pytest.mark.parametrize("place", [0, 1 << 20])
def test_a_doctype_is_seen_anywhere_and_across_two_blocks(
    desk: Desk, spelling: str, place: int
) -> None:
    for shift in range(len(spelling) if place else 1):
        filler = " " * max(0, place - shift - len(PROLOG))
        refused = desk.refusal(FLOW, f"{PROLOG}{filler}{spelling} a>{flow([], prolog='')}")
        assert refused.code is Code.DOCTYPE


def test_an_external_file_is_never_opened(desk: Desk) -> None:
    for name in ("SYSTEM 'file:///etc/passwd'", "PUBLIC '-//x' 'http://example.org/x.dtd'"):
        whole = flow([]).replace("<Racine", DTD.format(name) + "<Racine", 1)
        assert desk.refusal(FLOW, whole).code is Code.DOCTYPE
    included = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'
    reading = desk.read(FLOW, flow([household(person(NOM=included))]))
    assert reading.rows["NOM"].to_list() == [None]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("EL<!-- x -->EA", "ELEA"),
        ("EL<?x y?>EA", "ELEA"),
        ("EL<?x?><?y?>E<?z?>A", "ELEA"),
        ("<?x?>ELEA<!-- y -->", "ELEA"),
        ("<![CDATA[EL]]>EA", "ELEA"),
        ("<![CDATA[E<A>]]>", "E<A>"),
        ("&#69;L&amp;A", "EL&A"),
        ("EL<inconnu>X</inconnu>", "EL"),
        (" \n ELEA\n", "ELEA"),
    ],
)
def test_a_value_is_read_whole_whatever_stands_in_it(desk: Desk, written: str, read: str) -> None:
    reading = desk.read(FLOW, flow([household(person(PRENOM=written))]))
    assert reading.rows["PRENOM"].to_list() == [read]


def test_instructions_and_comments_between_tags_change_nothing(desk: Desk) -> None:
    noise = "<?passerelle?><!-- <InfosFoyerRSA> --><?xml-stylesheet href='x'?>\n"
    plain = flow([household(), household(head=identification(2))])
    noisy = plain.replace("<Racine", noise + "<Racine", 1).replace("</Personne>", f"</Personne>{noise}")  # fmt: skip
    noisy = noisy.replace("</InfosFoyerRSA>", f"</InfosFoyerRSA>{noise}") + noise
    assert desk.read(FLOW, noisy).rows.drop("LIGNE").equals(desk.read(FLOW, plain).rows.drop("LIGNE"))  # fmt: skip


@pytest.mark.parametrize("start", ["", PROLOG, '<?xml version="1.0"?>', "<!-- a -->", "<?a?>", "\n"])  # fmt: skip
def test_a_file_is_read_whatever_lawfully_precedes_its_root(desk: Desk, start: str) -> None:
    plain = flow([household(person(NOMNAI="ETE", PRENOM="ZOE", NOM="ETE"))], prolog=start)
    assert desk.read(FLOW, plain).report.accepted == 1


@pytest.mark.parametrize("size", [64, 100, 1_000])
def test_the_size_of_the_pieces_changes_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    many = [household(person(PRENOM="E<?x?>VA"), head=identification(n)) for n in range(3)]
    whole = desk.read(FLOW, flow(many)).rows
    monkeypatch.setattr(markup, "_CHUNK", size)
    assert desk.read(FLOW, flow(many)).rows.equals(whole)


def test_names_of_another_namespace_are_not_ours(desk: Desk) -> None:
    spaced = flow([household()]).replace("<Racine", '<Racine xmlns="urn:autre"', 1)
    assert desk.refusal(FLOW, spaced).code is Code.WRONG_ENVELOPE
    other = '<x:NIR xmlns:x="urn:autre">SECRET</x:NIR>'
    odd = household(person(NIR=None).replace("<NOM>", f"{other}<NOM>", 1))
    assert desk.read(FLOW, flow([odd])).rows["NIR"].to_list() == [None]
    spaced = household().replace("<InfosFoyerRSA", '<x:InfosFoyerRSA xmlns:x="urn:autre"')
    foreign = spaced.replace("</InfosFoyerRSA", "</x:InfosFoyerRSA")
    assert desk.refusal(FLOW, flow([foreign])).code is Code.CONTROL_TOTAL


def test_a_record_inside_an_unknown_element_or_a_record_is_not_one(desk: Desk) -> None:
    hidden = block("Inconnu", household(head=identification(2)))
    assert desk.refusal(FLOW, flow([household(), hidden])).code is Code.CONTROL_TOTAL
    nested = household(after=household(head=identification(2)))
    assert desk.read(FLOW, flow([nested])).report.accepted == 1


def test_a_number_deeper_than_its_place_is_never_taken(desk: Desk) -> None:
    elsewhere = block("Nouveau", block("Identification", tags({"NIR": NUMBER})))
    assert desk.read(FLOW, flow([household(person(elsewhere, NIR=None))])).rows["NIR"].item() is None  # fmt: skip


def test_nothing_the_parser_says_reaches_a_refusal(desk: Desk) -> None:
    secret = "SECRETNOM"
    for odd in (f"<{secret}>", f"&{secret};", f"</{secret}>", f"<a {secret}={secret}>"):
        for text in (flow([household(person(NOM=odd))]), pecg([dossier(**{"individu/nir": odd})])):
            refused = desk.refusal(FLOW if "Racine" in text else "pe-parcours", text)
            chain = [refused, refused.__cause__, refused.__context__]
            said = "".join(repr(one) + str(vars(one)) for one in chain if one is not None)
            assert refused.code is Code.MALFORMED_XML
            assert secret not in said
