"""The démarches public collections use, each published by its own organisation."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors.sandbox.hubee.catalogue import CNAF_FLOWS, OTHERS, processes
from tests.world.hubee import CONTACTS, US
from tests.world.sides import REF, Sides, a_file, organisation, sides_of

ZIP = "application/zip"


@pytest.fixture
async def full(tmp_path: Path) -> AsyncIterator[Sides]:
    async with sides_of(tmp_path, catalogue=True) as sides:
        yield sides


async def ask(sides: Sides, process: str, kind: str, mime: str) -> int:
    sides.sandbox.subscribe(*US, process)
    file = a_file(type=kind, mimeType=mime, recipients=["x"])
    cases = [{"recipient": organisation(), "externalId": "x"}]
    return (await sides.ask_folder(file, processCode=process, cases=cases))[0]


def test_cnaf_has_fifteen_flows_and_no_code_comes_twice() -> None:
    codes = [process.code for process in processes()]
    assert (len(CNAF_FLOWS), len(codes), len(set(codes))) == (15, 24, 24)


@pytest.mark.parametrize("process", CNAF_FLOWS)
async def test_a_flow_takes_its_own_files_and_no_others(full: Sides, process: str) -> None:
    types, mime = CNAF_FLOWS[process]
    for kind in types:
        assert await ask(full, process, kind, mime) == 201
    assert await ask(full, process, "facture", mime) == 400
    assert await ask(full, process, types[0], "application/pdf") == 400


async def test_the_pregnancy_images_are_a_zip_whatever_their_name(full: Sides) -> None:
    assert CNAF_FLOWS["SGR"] == (("SGR",), ZIP)
    assert await ask(full, "SGR", "SGR", "application/xml") == 400


async def test_the_two_names_of_the_contacts_are_two_processes(full: Sides) -> None:
    seen = [await full.portal.get(f"{REF}/processes/{c}") for c in (CONTACTS, "CAF-contact")]
    assert seen[0]["attachmentTypesEnabled"] == seen[1]["attachmentTypesEnabled"]
    assert seen[0]["code"] != seen[1]["code"]
    assert await ask(full, "CAF-contact", "coordonnees-allocataire", "text/plain") == 201
    assert await full.us.queue() == []


@pytest.mark.parametrize("process", OTHERS)
async def test_another_publisher_s_process_is_its_own(full: Sides, process: str) -> None:
    known = await full.portal.get(f"{REF}/processes/{process}")
    key = "{type}-{companyRegister}-{branchCode}".format(**known["osl"])
    full.sandbox.subscribe(*US, process)
    case_id = full.sandbox.publish(
        process, US, [("f.bin", "anything", "application/octet-stream", b"x")], "N-1"
    )
    assert (await full.portal.case(case_id))["processCode"] == process
    assert (await full.portal.get(f"{REF}/organizations/{key}"))["type"] == "OSL"
    by_cnaf = await ask(full, process, "t", "text/plain")
    assert by_cnaf == (201 if process == "RSA" else 403)


async def test_installing_twice_changes_nothing(tmp_path: Path) -> None:
    async with sides_of(tmp_path, catalogue=True) as sides:
        await sides.change_process("GRO", attachmentMaxSizeEnabled=1)
    async with sides_of(tmp_path, catalogue=True) as sides:
        kept = await sides.portal.get(f"{REF}/processes/GRO")
        assert kept["attachmentMaxSizeEnabled"] == 1
