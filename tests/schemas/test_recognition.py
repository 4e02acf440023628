"""The flow of a file nobody named."""

from dataclasses import replace

import pytest

from schemas.contract import Contract
from schemas.recognition import recognise
from schemas.registry import contract, held
from tests.schemas.papers import header, pecg

ALL = [contract(flow) for flow in held()]
CONTACTS, JOURNEYS = contract("cnaf-contacts"), contract("cd-parcours")


def flows(head: str | bytes, name: str = "x", among: list[Contract] = ALL) -> list[str]:
    body = head.encode("utf-8") if isinstance(head, str) else head
    return [each.flow for each in recognise(body, name, among)]


@pytest.mark.parametrize("flow", ["cnaf-contacts", "cd-parcours"])
@pytest.mark.parametrize("change", ["{}\n", "\ufeff{}\r\n", "{};\n", '"{}"', "{}\nx;y\n"])
def test_a_csv_is_known_by_its_header(flow: str, change: str) -> None:
    quoted = header(flow).replace(";", '";"') if change.startswith('"') else header(flow)
    assert flows(change.format(quoted)) == [flow]
    assert flows(change.format(quoted).lower()) == [flow]


def test_a_header_that_lacks_a_name_is_still_the_nearest() -> None:
    assert flows(header("cd-parcours").replace(";ROLE", "")) == ["cd-parcours"]
    assert flows("ID_CD;a;b;c;d;e;f;g;h;i;j;k;l;m;n\n") == []


@pytest.mark.parametrize(
    "head",
    [pecg([]), "\n<!-- <x> --><?y <z> ?><fichier-PE-CG>", "<fichier-PE-CG"],
)
def test_an_xml_is_known_by_its_root(head: str) -> None:
    assert flows(head) == (["pe-parcours"] if ">" in head else [])


def test_files_that_start_alike_are_told_apart_by_what_they_say_then_by_their_name() -> None:
    pe = contract("pe-parcours")
    assert pe.envelope is not None
    other = replace(
        pe,
        flow="autre",
        file_name=r"AUTRE_.*",
        envelope=replace(pe.envelope, constants={"entete/fichier": "AUTRE"}),
    )
    alike = replace(other, flow="pareil", file_name=None)
    assert flows(pecg([]), among=[pe, other]) == ["pe-parcours"]
    assert flows(pecg([], kind="AUTRE"), among=[pe, other]) == ["autre"]
    assert flows(pecg([], kind="AUTRE"), among=[pe, other, alike]) == ["autre", "pareil"]
    assert flows(pecg([], kind="AUTRE"), "AUTRE_1", [pe, other, alike]) == ["autre"]


def test_a_name_helps_only_where_the_content_says_nothing() -> None:
    name = "CD-PARCOURS_08_20220615_000001_V1.csv"
    assert flows("", name) == ["cd-parcours"]
    assert flows(header("cnaf-contacts"), name) == ["cnaf-contacts"]


@pytest.mark.parametrize("head", [b"", b"\0" * 99, b'"', b"\xff\xfe<", b"<" * 9999, b"\n;;;\n"])
def test_bytes_of_any_kind_are_of_no_flow(head: bytes) -> None:
    assert flows(head) == []
