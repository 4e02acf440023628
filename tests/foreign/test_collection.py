"""The whole contract as two tables: every route once, as it should go; every refusal, word for word."""

import asyncio
from typing import Any

import pytest

from tests.foreign.collection import Desk, Row
from tests.foreign.seen import Seen
from tests.world.hubee import HubeeWorld

RSA, CERT = "RSABEI-RSABAI", "CERTDC"
SIRET, ELSEWHERE = "22990000000011", "22990000000029"
US = {"type": "SI", "companyRegister": SIRET, "branchCode": "99"}
V1, REF = "/teledossiers/v1", "/referential/v1"
AS_PATCH = (("X-HTTP-Method-Override", "PATCH"),)
CASES, FOLDERS, EVENTS = f"{V1}/cases", f"{V1}/folders", f"{V1}/cases/{{case}}/events"


def folder(number: str = "DGS-CERT-0000000000001", **changes: Any) -> dict[str, Any]:
    file = {"fileName": "f.txt", "type": "VA", "size": 4, "mimeType": "text/plain"}
    whole = {
        "processCode": CERT,
        "externalId": number,
        "applicant": {"firstName": "Prénom", "lastName": "Nom"},
        "cases": [{"recipient": US, "externalId": f"{number}-01"}],
        "attachments": [file | {"recipients": [f"{number}-01"]}],
    }
    return {name: value for name, value in (whole | changes).items() if value is not None}


def said(**changes: Any) -> dict[str, Any]:
    return {"actionType": "STATUS_UPDATE", "author": "moi", "notification": True} | changes


DEPOSIT = said(
    actionType="ATTACH_DEPOSIT",
    attachments=[
        {"fileName": "g.bin", "type": "VA", "size": 3, "mimeType": "application/octet-stream"}
    ],
)
COMMUNE = {
    "type": "SI",
    "companyRegister": "21990000000012",
    "branchCode": "99001",
    "name": "COMMUNE DE TEST",
    "postalCode": "99000",
    "territory": "99001",
    "email": "accueil@commune.test",
    "status": "Actif",
}
SUBSCRIBED = {
    "datapassId": 1,
    "processCode": RSA,
    "subscriber": {"type": "SI", "companyRegister": "21990000000012", "branchCode": "99001"},
    "notificationFrequency": "Aucune",
    "localAdministrator": {"email": "dgs@commune.test"},
}
OLD = {"type": "SI", "companyRegister": "21990000000012", "branchCode": "99001"}

WELL = (
    Row("osl", "POST", FOLDERS, 201, folder(), "folder=id case=cases.0.id file=attachments.0.id"),
    Row("osl", "PUT", FOLDERS + "/{folder}/attachments/{file}", 204, b"body"),
    Row("osl", "GET", FOLDERS + "/{folder}", 200),
    Row("osl", "PATCH", FOLDERS + "/{folder}", 204, {"globalStatus": "HUBEE_COMPLETED"}),
    Row("si", "GET", f"{V1}/notifications?maxResult=100000", 200, keep="item=0.id seen=0.caseId"),
    Row("si", "GET", CASES + "/{case}", 200),
    Row("si", "GET", CASES + "/{case}?lite=true", 200),
    Row("osl", "GET", CASES + "/{case}", 200),
    Row("si", "GET", CASES + "/{case}/attachments/{file}", 200),
    Row("si", "PATCH", CASES + "/{case}", 204, {"status": "SI_RECEIVED"}),
    Row("si", "POST", CASES + "/{case}", 204, {"status": "IN_PROGRESS"}, headers=AS_PATCH),
    Row("si", "POST", EVENTS, 201, said(caseNewStatus="DONE", message="fini"), "event=id"),
    Row("si", "DELETE", f"{V1}/notifications/{{item}}", 204),
    Row("osl", "GET", f"{V1}/notifications?eventDetails=true", 200, keep="told=0.id"),
    Row("osl", "GET", EVENTS + "/{event}", 200),
    Row("osl", "PATCH", EVENTS + "/{event}", 204, {"status": "RECEIVED"}),
    Row("osl", "DELETE", f"{V1}/notifications/{{told}}", 204),
    Row("si", "GET", f"{V1}/notifications?eventDetails=true", 200, keep="echo=0.id"),
    Row("si", "POST", EVENTS, 201, DEPOSIT, "sent=id more=attachments.0.id"),
    Row("si", "PUT", EVENTS + "/{sent}/attachments/{more}", 204, b"g\0\xff"),
    Row("si", "POST", EVENTS + "/{sent}", 204, {"status": "SENT"}, headers=AS_PATCH),
    Row("osl", "GET", EVENTS + "/{sent}/attachments/{more}", 200),
    Row("si", "POST", EVENTS, 201, DEPOSIT, "undone=id"),
    Row("si", "DELETE", EVENTS + "/{undone}", 204),
    Row("osl", "POST", FOLDERS + "/{folder}", 204, {"globalStatus": "CLOSED"}, headers=AS_PATCH),
    Row("osl", "POST", FOLDERS, 201, folder("DGS-CERT-0000000000002"), "given_up=id"),
    Row("osl", "DELETE", FOLDERS + "/{given_up}", 204),
    Row(
        "osl", "GET", f"{REF}/subscriptions?processCode={CERT}&status=Actif", 200, keep="held=0.id"
    ),
    Row("osl", "GET", f"{REF}/subscriptions/{{held}}", 200),
    Row("datapass", "POST", f"{REF}/organizations", 201, COMMUNE),
    Row("datapass", "GET", f"{REF}/organizations/SI-21990000000012-99001", 200),
    Row("datapass", "POST", f"{REF}/subscriptions", 201, SUBSCRIBED, "fresh=id"),
    Row("admin", "PUT", f"{REF}/subscriptions/{{fresh}}", 200, SUBSCRIBED | {"status": "Suspendu"}),
    Row("admin", "PUT", f"{REF}/organizations/SI-21990000000012-99001", 200, COMMUNE),
    Row("admin", "GET", f"{REF}/organizations?company_register=21990000000012", 200),
    Row("admin", "GET", f"{REF}/processes", 200),
    Row("osl", "GET", f"{REF}/processes/{CERT}", 200),
    Row("admin", "GET", f"{V1}/attachmentsIdsForPurge", 200),
    Row("admin", "PUT", f"{V1}/idsPurged", 204, []),
    Row(
        "admin",
        "PUT",
        f"{V1}/cases/migrate",
        200,
        {"organizationSource": OLD, "organizationTarget": US},
    ),
)


def desk_of(world: HubeeWorld, seen: Seen) -> Desk:
    standing = world.sandbox.standing
    return Desk(
        world.base,
        seen.opener(),
        {
            "si": (world.sandbox.subscribe(SIRET, "99", CERT), "SI"),
            "rsa": (world.sandbox.subscribe(SIRET, "99", RSA), "SI"),
            "elsewhere": (world.sandbox.subscribe(ELSEWHERE, "98", CERT), "SI"),
            "osl": (standing["osl-dgs"], "OSL"),
            "cnaf": (standing["osl-cnaf"], "OSL"),
            "admin": (standing["admin-portail"], "ADMIN"),
            "datapass": (standing["datapass"], "DATAPASS"),
        },
    )


def play(desk: Desk) -> None:
    for row in WELL:
        desk.play(row)
    process = desk.play(Row("admin", "GET", f"{REF}/processes/{CERT}", 200))
    desk.play(Row("admin", "POST", f"{REF}/processes", 201, process | {"code": "NEUVE"}))
    desk.play(Row("admin", "PUT", f"{REF}/processes/{CERT}", 200, process))


async def test_every_route_is_taken_by_a_stranger_and_answers_as_described(
    world: HubeeWorld, seen: Seen
) -> None:
    await asyncio.to_thread(play, desk_of(world, seen))
    documents = await asyncio.to_thread(seen.documents)
    described = {
        (base, path, method)
        for base, document in documents.items()
        for path, methods in document["paths"].items()
        for method in methods
    }
    taken = {
        (base, path, method)
        for base, path, method in described
        if any(
            answer.status < 300
            and answer.method.lower() == method
            and seen.is_at(answer, base, path)
            for answer in seen.answers
        )
    }
    assert described - taken == set()


IS_UUID = "is not a valid UUID"
MISSING = "Object has missing required properties "


def at(method: str, path: str, where: str, what: str) -> str:
    return f"Bad Request : Validation failed.\n[ERROR][REQUEST][{method} {path} @{where}] {what}"


def body(method: str, path: str, what: str) -> str:
    return at(method, path, "body", what)


def recipient(**changes: str) -> list[dict[str, Any]]:
    return [{"recipient": US | changes, "externalId": "n-01"}]


# who, method, path, body, status, the sentence
REFUSALS: tuple[tuple[str, str, str, Any, int, str], ...] = (
    # someone else's, or a scope the route does not take
    ("rsa", "GET", CASES + "/{case}", None, 403, "Unauthorized user"),
    ("elsewhere", "GET", CASES + "/{case}", None, 403, "Unauthorized user"),
    ("elsewhere", "PATCH", CASES + "/{case}", {"status": "DONE"}, 403, "Unauthorized user"),
    ("elsewhere", "POST", EVENTS, said(), 403, "Unauthorized user"),
    ("elsewhere", "GET", CASES + "/{case}/attachments/{file}", None, 403, "Unauthorized user"),
    ("elsewhere", "DELETE", f"{V1}/notifications/{{echo}}", None, 403, "Unauthorized user"),
    ("cnaf", "GET", FOLDERS + "/{folder}", None, 403, "Unauthorized user"),
    ("cnaf", "POST", FOLDERS, folder(), 403, "Unauthorized user"),
    ("si", "GET", FOLDERS + "/{folder}", None, 403, "Unauthorized user"),
    ("si", "GET", f"{REF}/subscriptions", None, 403, "Unauthorized user"),
    ("osl", "POST", f"{REF}/subscriptions", SUBSCRIBED, 403, "Unauthorized user"),
    ("datapass", "GET", f"{V1}/notifications", None, 403, "Unauthorized user"),
    # nobody's
    ("si", "DELETE", f"{V1}/notifications/{{nobody}}", None, 404, "Notification is not found"),
    ("osl", "GET", FOLDERS + "/{nobody}", None, 404, "Folder is not found"),
    ("si", "GET", CASES + "/{nobody}", None, 404, "Case is not found"),
    ("si", "GET", EVENTS + "/{nobody}", None, 404, "event is not found"),
    ("si", "DELETE", EVENTS + "/{nobody}", None, 404, "Event is not found"),
    ("si", "GET", CASES + "/{case}/attachments/{nobody}", None, 404, "File is not found"),
    ("si", "GET", EVENTS + "/{event}/attachments/{nobody}", None, 404, "file is not found"),
    ("osl", "PUT", FOLDERS + "/{folder}/attachments/{nobody}", b"x", 404, "Binary meta-data is not found"),
    ("si", "PUT", EVENTS + "/{event}/attachments/{nobody}", b"x", 404, "Binary meta-data is not found"),
    ("osl", "GET", f"{REF}/subscriptions/{{nobody}}", None, 404, "Subscription is not found"),
    ("datapass", "GET", f"{REF}/organizations/SI-99999999999999-1", None, 404, "Organization is not found"),
    ("admin", "GET", f"{REF}/processes/NOPE", None, 404, "Process is not found"),
    # the description: identifiers and queries
    ("si", "DELETE", f"{V1}/notifications/dddddd", None, 400, at("DELETE", f"{V1}/notifications/dddddd", "path.notificationId", f'Input string "dddddd" {IS_UUID}')),
    ("si", "GET", f"{CASES}/a%2Fb", None, 400, at("GET", f"{CASES}/a/b", "path.caseId", f'Input string "a/b" {IS_UUID}')),
    ("osl", "GET", f"{REF}/subscriptions/23133", None, 400, at("GET", f"{REF}/subscriptions/23133", "path.subscriptionId", f'Input string "23133" {IS_UUID}')),
    ("datapass", "GET", f"{REF}/organizations/SI-1-1", None, 400, at("GET", f"{REF}/organizations/SI-1-1", "path.id", r'ECMA 262 regex "^\w{1,20}-[0-9]{14}-\w{1,10}$" does not match input string "SI-1-1"')),
    ("si", "GET", f"{V1}/notifications?maxResult=ten", None, 400, at("GET", f"{V1}/notifications", "query.maxResult", 'Instance type (string) does not match any allowed primitive type (allowed: ["integer","number"])')),
    ("osl", "GET", f"{REF}/subscriptions?offSet=1.5", None, 400, at("GET", f"{REF}/subscriptions", "query.offSet", 'Instance type (number) does not match any allowed primitive type (allowed: ["integer"])')),
    ("osl", "GET", f"{REF}/subscriptions?processType=x", None, 400, at("GET", f"{REF}/subscriptions", "query.processType", "Query parameter 'processType' is unexpected on path \"/subscriptions\"")),
    ("si", "GET", CASES + "/{case}?stray=1", None, 400, "Query parameter 'stray' is unexpected on path \"/cases/{caseId}\""),
    ("si", "GET", CASES + "/{case}?lite=123456789012345", None, 400, 'String "123456789012345" is too long (length: 15, maximum allowed: 14)'),
    # the description: bodies
    ("osl", "POST", FOLDERS, folder(applicant=None), 400, body("POST", FOLDERS, MISSING + '(["applicant"])')),
    ("osl", "POST", FOLDERS, {}, 400, body("POST", FOLDERS, MISSING + '(["applicant","attachments","cases","externalId","processCode"])')),
    ("osl", "POST", FOLDERS, [], 400, body("POST", FOLDERS, 'Instance type (array) does not match any allowed primitive type (allowed: ["object"])')),
    ("osl", "POST", FOLDERS, folder(cases=recipient(companyRegister="12")), 400, body("POST", FOLDERS, "[Path '/cases/0/recipient/companyRegister'] ECMA 262 regex \"^[0-9]{14}$\" does not match input string \"12\"")),
    ("osl", "POST", FOLDERS, folder("x" * 31, cases=[], attachments=[]), 400, body("POST", FOLDERS, f"[Path '/externalId'] String \"{'x' * 31}\" is too long (length: 31, maximum allowed: 30)")),
    ("osl", "POST", FOLDERS, folder(closeDateTime="hier"), 400, "[Path '/closeDateTime'] String \"hier\" is invalid against requested date format(s) [yyyy-MM-dd'T'HH:mm:ssZ, yyyy-MM-dd'T'HH:mm:ss.[0-9]{1,12}Z]"),
    ("osl", "PATCH", FOLDERS + "/{folder}", {"globalStatus": None}, 400, "[Path '/globalStatus'] Instance type (null) does not match any allowed primitive type (allowed: [\"string\"])"),
    ("osl", "PATCH", FOLDERS + "/{folder}", None, 400, "@body] A request body is required but none found."),
    ("osl", "PATCH", FOLDERS + "/{folder}", b"{}", 400, "@body] Request Content-Type header 'application/octet-stream' does not match any allowed types. Must be one of: [\"application/json\"]."),
    ("si", "POST", EVENTS, said(message=3, author="a" * 256), 400, f"[ERROR][REQUEST][POST {EVENTS} @body] [Path '/message'] Instance type (integer) does not match any allowed primitive type (allowed: [\"null\",\"string\"])\n[ERROR][REQUEST][POST {EVENTS} @body] [Path '/author'] String \"{'a' * 256}\" is too long (length: 256, maximum allowed: 255)"),
    ("si", "PATCH", EVENTS + "/{event}", {"status": "TROP_LONG_STATUT"}, 400, "[Path '/status'] String \"TROP_LONG_STATUT\" is too long (length: 16, maximum allowed: 12)"),
    ("datapass", "POST", f"{REF}/organizations", {}, 400, body("POST", f"{REF}/organizations", MISSING + '(["branchCode","companyRegister","email","name","postalCode","status","territory","type"])')),
    # the rules
    ("osl", "POST", FOLDERS, folder(cases=recipient(companyRegister="99999999999999")), 400, "Case recipient SI-99999999999999-99 does not exist"),
    ("cnaf", "POST", FOLDERS, folder(processCode="GRO"), 400, f"Case recipient SI-{SIRET}-99 does not suscribed to GRO"),
    ("osl", "PUT", FOLDERS + "/{folder}/attachments/{file}", b"too long", 400, "Size does not match with attachment meta-data"),
    ("osl", "DELETE", FOLDERS + "/{folder}", None, 400, "Bad request"),
    ("si", "DELETE", EVENTS + "/{event}", None, 400, "Bad Request"),
    ("si", "PATCH", CASES + "/{case}", {}, 400, "Bad request"),
    ("si", "PATCH", CASES + "/{case}", {"status": "SENDED"}, 400, "Bad request"),
    ("si", "POST", CASES + "/{case}", {"status": "DONE"}, 405, "Method not allowed"),
    ("osl", "POST", FOLDERS + "/{folder}", {"globalStatus": "CLOSED"}, 405, "Method not allowed"),
    ("si", "POST", EVENTS + "/{event}", {"status": "SENT"}, 405, "Method not allowed"),
    ("datapass", "POST", f"{REF}/organizations", COMMUNE, 400, "Organization SI-21990000000012-99001 already exists"),
    ("datapass", "POST", f"{REF}/subscriptions", SUBSCRIBED, 400, f"Subscription {RSA} for organization SI-21990000000012-99001 already exists"),
    # the one 500 of the contract: no file
    ("osl", "PUT", FOLDERS + "/{folder}/attachments/{file}", b"", 500, "[Path '/errors'] Instance type (object) does not match any allowed primitive type (allowed: [\"array\"])"),
)  # fmt: skip


async def test_every_refusal_is_worded_as_the_contract_words_it(
    world: HubeeWorld, seen: Seen
) -> None:
    desk = desk_of(world, seen)
    await asyncio.to_thread(play, desk)
    wrong = []
    for who, method, path, sent, status, sentence in REFUSALS:
        content = await asyncio.to_thread(desk.play, Row(who, method, path, status, sent))
        (error,) = content["errors"]
        if error["code"] != status or not error["message"].endswith(desk.filled(sentence)):
            wrong.append((method, path, error, sentence))
    assert wrong == []


@pytest.mark.parametrize("header", ["Bearer nothing", "nothing", "Basic YTpi", "Bearer "])
async def test_a_bad_token_is_code_900901_whatever_is_asked(
    world: HubeeWorld, seen: Seen, header: str
) -> None:
    desk = desk_of(world, seen)
    for path in (f"{V1}/notifications", f"{CASES}/{{nobody}}", f"{REF}/subscriptions"):
        row = Row("", "GET", path, 401, headers=(("Authorization", header),))
        content = await asyncio.to_thread(desk.play, row)
        assert content["errors"][0]["code"] == 900901
        assert content["errors"][0]["message"].startswith("Invalid Credentials : ")
