"""What clients really send: slashes too many, bodies in chunks, letters of another alphabet. No 500."""

import asyncio
import gzip
import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.foreign.collection import NOBODY
from tests.foreign.line import PROCESS, Line
from tests.world.hubee import US, HubeeWorld, token_for

V1 = "/teledossiers/v1"
JSON, FORM = "Content-Type: application/json", "Content-Type: application/x-www-form-urlencoded"
GRANT = b"grant_type=client_credentials&scope=OSL"


def folder(size: Any = 3, **changes: Any) -> bytes:
    number = "DGS-CERT-0000000000001"
    recipient = {"type": "SI", "companyRegister": US[0], "branchCode": US[1]}
    file = {"fileName": "f", "type": "t", "size": size, "mimeType": "application/octet-stream"}
    whole = {
        "processCode": PROCESS,
        "externalId": number,
        "applicant": {"firstName": "a", "lastName": "b"},
        "cases": [{"recipient": recipient, "externalId": f"{number}-01"}],
        "attachments": [file | {"recipients": [f"{number}-01"]}],
    }
    return json.dumps(whole | changes).encode()


def message(content: bytes) -> str:
    (error,) = json.loads(content)["errors"]
    return str(error["message"])


@pytest.mark.parametrize(
    "path",
    [
        "//teledossiers/v1/notifications",
        "/teledossiers//v1///notifications/",
        f"{V1}/notifications/",
    ],
)
async def test_slashes_too_many_change_nothing(line: Line, path: str) -> None:
    assert (await line.ask("GET", path))[::2] == (200, b"[]")


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
async def test_the_name_of_the_scheme_has_no_case(line: Line, scheme: str) -> None:
    given = f"Authorization: {scheme} {line.token}"
    assert (await line.ask("GET", f"{V1}/notifications", given))[0] == 200


async def test_a_token_without_its_scheme_is_no_token(line: Line) -> None:
    given = f"Authorization: {line.token}"
    assert (await line.ask("GET", f"{V1}/notifications", given))[0] == 401


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PUT", "PROPFIND"])
async def test_a_method_a_route_has_not_is_said_so(line: Line, method: str) -> None:
    status, headers, _ = await line.ask(method, f"{V1}/folders")
    assert (status, headers["allow"]) == (405, "POST")


async def test_what_is_no_route_is_told_in_the_envelope(line: Line) -> None:
    status, _, content = await line.ask("GET", "/nowhere")
    assert status == 404
    assert message(content)


ODD_BODIES = {
    "nul": (folder(applicant={"firstName": "a\0", "lastName": "b"}), 201),
    "bom": (b"\xef\xbb\xbf" + folder(), 201),
    "unknown fields": (folder(stranger=[1, {"deep": None}]), 201),
    "read-only fields": (folder(id="mine", globalStatus=3, createDateTime=None), 201),
    "nothing, as null": (folder(closeDateTime=None), 201),
    "lone surrogate": (folder().replace(b'"a"', rb'"\ud800"'), 400),
    "not UTF-8": (folder().replace(b'"a"', b'"\xe9"'), 400),
    "UTF-16": (folder().decode().encode("utf-16"), 400),
    "huge": (folder(size=10**40), 400),
    "beyond a float": (folder().replace(b'"size": 3', b'"size": 1e400'), 400),
    "a float": (folder(size=3.0), 400),
    "below zero": (folder(size=-1), 400),
    "not a number": (folder(size=float("nan")), 400),
    "true for a number": (folder(size=True), 400),
    "no bottom": (b"[" * 100_000, 400),
    "two values": (folder() + b"{}", 400),
    "a list": (b"[]", 400),
    "null": (b"null", 400),
    "blank": (b" \r\n", 400),
}


@pytest.mark.parametrize("name", ODD_BODIES)
async def test_an_odd_body_is_taken_or_refused_and_breaks_nothing(line: Line, name: str) -> None:
    body, status = ODD_BODIES[name]
    assert (await line.ask("POST", f"{V1}/folders", JSON, body=body))[0] == status
    assert (await line.ask("GET", f"{V1}/notifications"))[0] == 200


async def test_a_body_too_large_is_a_413(line: Line) -> None:
    status, _, content = await line.ask("POST", f"{V1}/folders", JSON, body=b" " * (5 << 20))
    assert (status, message(content)) == (413, "Payload too large")


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("", 201),
        ("Content-Type: APPLICATION/JSON;charset=unheard-of", 201),
        (FORM, 400),
        ("Content-Type: text/json", 400),
        ("Content-Type: ;;;", 400),
    ],
)
async def test_a_body_is_json_and_says_so_or_says_nothing(
    line: Line, given: str, status: int
) -> None:
    headers = [given] if given else []
    assert (await line.ask("POST", f"{V1}/folders", *headers, body=folder()))[0] == status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (gzip.compress(folder()), 201),
        (b"not compressed", 400),
        (gzip.compress(folder())[:-20], 400),
    ],
)
async def test_a_compressed_body_is_read(line: Line, body: bytes, status: int) -> None:
    asked = await line.ask("POST", f"{V1}/folders", JSON, "Content-Encoding: gzip", body=body)
    assert asked[0] == status


LONG = "é" * 51


async def test_a_traceability_header_of_another_alphabet_is_kept(line: Line) -> None:
    given = "editorName: Département"  # ISO-8859-1 on the wire
    status, _, content = await line.ask("POST", f"{V1}/folders", JSON, given, body=folder())
    assert status == 201
    assert json.loads(content)["partnerInfo"]["editorName"] == "Département"


async def test_a_traceability_header_too_long_is_refused(line: Line) -> None:
    status, _, content = await line.ask("GET", f"{V1}/notifications", f"editorName: {LONG}")
    assert status == 400
    what = f'@header.editorName] String "{LONG}" is too long (length: 51, maximum allowed: 50)'
    assert message(content).endswith(what)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("maxResult=1.5", 200),
        ("maxResult=0", 200),
        ("maxResult=1e400", 200),
        ("maxResult=" + "9" * 400, 200),
        ("maxResult=1&maxResult=2", 200),
        ("processCode=a,b&processCode=c&processPriority=CERTDC", 200),
        ("eventDetails=banana", 200),
        ("maxResult=-1", 400),
        ("maxResult=", 400),
        ("maxResult=+1", 400),
        ("maxResult=01", 400),
        ("maxResult=NaN", 400),
        ("maxResult=1&maxResult=x", 400),
        ("%ff=1", 400),
    ],
)
async def test_an_odd_query_is_taken_or_refused(line: Line, query: str, status: int) -> None:
    assert (await line.ask("GET", f"{V1}/notifications?{query}"))[0] == status


@pytest.mark.parametrize(
    "odd", ["a%2Fb", "%00", "%ff%fe", "%zz", f"{{{NOBODY}}}", "urn:uuid:" + NOBODY, NOBODY[:-1]]
)
async def test_only_a_uuid_is_a_uuid(line: Line, odd: str) -> None:
    status, _, content = await line.ask("GET", f"{V1}/folders/{odd}")
    assert status == 400
    assert message(content).endswith("is not a valid UUID")


@dataclass
class Place:
    """A declared file of three bytes, and where to send it."""

    path: str
    folder: str


async def declared(line: Line) -> Place:
    _, _, content = await line.ask("POST", f"{V1}/folders", JSON, body=folder())
    made = json.loads(content)
    path = f"{V1}/folders/{made['id']}"
    return Place(f"{path}/attachments/{made['attachments'][0]['id']}", path)


OCTETS = "Content-Type: application/octet-stream"
UPLOADS = {
    "plain": ([OCTETS], b"abc", "1.1", 204),
    "no content type": ([], b"abc", "1.1", 204),
    "chunks": (["Transfer-Encoding: chunked"], b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", "1.1", 204),
    "compressed": (["Content-Encoding: gzip"], gzip.compress(b"abc"), "1.1", 204),
    "HTTP/1.0": ([OCTETS], b"abc", "1.0", 204),
    "odd digest": (["digest: \xe9 \xe8"], b"abc", "1.1", 204),
    "another type": (["Content-Type: application/xml"], b"abc", "1.1", 400),
    "a form": (["Content-Type: multipart/form-data; boundary=x"], b"--x--", "1.1", 400),
    "too short": ([], b"ab", "1.1", 400),
    "not compressed": (["Content-Encoding: gzip"], b"abc", "1.1", 400),
    "empty": (["Content-Length: 0"], b"", "1.1", 500),
    "empty chunks": (["Transfer-Encoding: chunked"], b"0\r\n\r\n", "1.1", 500),
    "none": ([], b"", "1.1", 500),
}


@pytest.mark.parametrize("name", UPLOADS)
async def test_a_file_comes_in_as_clients_send_it(line: Line, name: str) -> None:
    headers, body, version, status = UPLOADS[name]
    place = await declared(line)
    answered = await line.ask("PUT", place.path, *headers, body=body, version=version)
    assert answered[0] == status
    if status == 500:
        assert message(answered[2]).startswith("Bad Response : Validation failed.")


async def test_a_client_may_wait_to_be_told_to_go_on(line: Line) -> None:
    place = await declared(line)
    reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
    head = f"PUT {place.path} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {line.token}\r\n"
    writer.write(f"{head}Expect: 100-continue\r\nContent-Length: 3\r\n\r\n".encode())
    assert b" 100 " in await reader.readline()
    writer.write(b"abc")
    await reader.readline()
    assert b" 204 " in await reader.readline()
    writer.close()


async def test_a_refused_upload_is_answered_and_not_cut(line: Line) -> None:
    size = 1 << 20
    head = f"PUT {V1}/folders/{NOBODY}/attachments/{NOBODY} HTTP/1.1\r\nHost: hub\r\n"
    first = f"{head}Authorization: Bearer bad\r\nContent-Length: {size}\r\n\r\n".encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
    writer.write(first + b"x" * size)
    await writer.drain()
    assert b" 401 " in await asyncio.wait_for(reader.readline(), 10)
    writer.close()


async def test_a_connection_is_used_again(line: Line) -> None:
    asked = (
        f"GET {V1}/notifications HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {line.token}\r\n"
    )
    close = "Connection: close\r\n"
    status, _, rest = await line.send(f"{asked}\r\n{asked}\r\n{asked}{close}\r\n".encode())
    assert (status, rest.count(b" 200 OK")) == (200, 2)


async def test_a_long_list_is_compressed_for_who_can_read_it(world: HubeeWorld, line: Line) -> None:
    for _ in range(4):
        world.publish()
    token = await token_for(world, *world.sandbox.subscribe(*US, "ContactsAllocataires-BRSA"))
    headers = (f"Authorization: Bearer {token}", "Accept-Encoding: gzip;q=1.0,deflate;q=0.6")
    _, told, packed = await line.ask("GET", f"{V1}/notifications", *headers)
    _, plain, content = await line.ask("GET", f"{V1}/notifications", headers[0])
    assert (told["content-encoding"], plain.get("content-encoding")) == ("gzip", None)
    ids = [{item["id"] for item in json.loads(raw)} for raw in (gzip.decompress(packed), content)]
    assert ids[0] == ids[1]
    assert len(ids[0]) == 4
