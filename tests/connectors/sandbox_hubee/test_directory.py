"""The referential: who exists, who is subscribed, and how a subscription comes to life."""

from datetime import timedelta
from typing import Any

import pytest

from tests.world.hubee import CONTACTS, US
from tests.world.sides import REF, Side, Sides, a_file, organisation, sentence

SUBS, ORGS, PROCS = f"{REF}/subscriptions", f"{REF}/organizations", f"{REF}/processes"
MAIRE = {"email": "maire@example.org", "firstName": "A", "lastName": "B"}
NEW = organisation("33333333333333", "33")


def a_subscription(**changes: Any) -> dict[str, Any]:
    whole = {"datapassId": 7, "processCode": CONTACTS, "subscriber": NEW}
    whole |= {"notificationFrequency": "Unitaire", "localAdministrator": MAIRE, "status": "Inactif"}
    return whole | changes


def an_organisation(**changes: Any) -> dict[str, Any]:
    known = {"name": "Commune", "postalCode": "33000", "territory": "Gironde", "status": "Actif"}
    return NEW | known | {"email": "mairie@example.org"} | changes


async def held(sides: Sides, **changes: Any) -> dict[str, Any]:
    await sides.datapass.ask("POST", ORGS, json=an_organisation())
    status, made = await sides.datapass.ask("POST", SUBS, json=a_subscription(**changes))
    assert status == 201, made
    return dict(made)


async def amend(sides: Sides, made: dict[str, Any], **changes: Any) -> tuple[int, Any]:
    sent = {k: v for k, v in made.items() if k not in {"id", "creationDateTime"}} | changes
    return await sides.portal.ask("PUT", f"{SUBS}/{made['id']}", json=sent)


async def published_to_it(sides: Sides) -> int:
    cases = [{"recipient": NEW, "externalId": "x"}]
    return (await sides.ask_folder(a_file(recipients=["x"]), cases=cases))[0]


async def test_a_subscription_is_created_inactive_and_receives_once_active(sides: Sides) -> None:
    made = await held(sides, status="Actif")
    assert (made["status"], made["accessMode"], made["datapassId"]) == ("Inactif", None, 7)
    assert await published_to_it(sides) == 400
    status, seen = await amend(sides, made, status="Actif", accessMode="API")
    assert (status, seen["status"]) == (200, "Actif")
    assert seen["activateDateTime"] is not None
    assert await published_to_it(sides) == 201
    for wanted, answer in (("Suspendu", 400), ("Actif", 201)):
        assert (await amend(sides, made, status=wanted))[0] == 200
        assert await published_to_it(sides) == answer


async def test_a_subscription_activates_on_its_date_at_one_past_midnight(sides: Sides) -> None:
    made = await held(sides, activateDateTime="2026-11-04T15:00:00+01:00")
    # From noon UTC on the second: the fourth begins in Paris at 23:01 UTC on the third.
    for days, status in ((1, "Inactif"), (11 / 24 - 1 / 1440, "Inactif"), (2 / 1440, "Actif")):
        await sides.days_pass(days)
        assert (await sides.publisher.get(f"{SUBS}/{made['id']}"))["status"] == status


async def test_a_subscriber_may_enter_the_day_it_is_activated(sides: Sides) -> None:
    await held(sides, activateDateTime="2026-11-04T15:00:00+01:00", accessMode="API")
    credential = sides.sandbox.subscribe(NEW["companyRegister"], NEW["branchCode"], CONTACTS)
    sides.clock.advance(timedelta(days=1))
    with pytest.raises(AssertionError):
        await sides.enter(credential)
    sides.clock.advance(timedelta(days=1))
    assert await (await sides.enter(credential)).queue() == []


async def test_a_refused_subscription_stays_refused(sides: Sides) -> None:
    made = await held(sides)
    reason = "Hors périmètre"
    status, seen = await amend(sides, made, status="Refusé", rejectionReason=reason)
    assert (status, seen["rejectionReason"]) == (200, reason)
    assert seen["rejectDateTime"] is not None
    assert (await amend(sides, made, status="Actif"))[0] == 400
    assert (await sides.portal.get(f"{SUBS}/{made['id']}"))["status"] == "Refusé"


async def test_a_credential_opens_only_with_the_api_and_a_live_subscription(sides: Sides) -> None:
    made = await held(sides)
    credential = sides.sandbox.subscribe(NEW["companyRegister"], NEW["branchCode"], CONTACTS)
    for status, mode, opens in (
        ("Inactif", "API", False),
        ("Actif", "PORTAIL", False),
        ("Actif", "API", True),
        ("Suspendu", "API", True),
        ("Refusé", "API", False),
    ):
        assert (await amend(sides, made, status=status, accessMode=mode))[0] == 200
        if opens:
            assert await (await sides.enter(credential)).queue() == []
        else:
            with pytest.raises(AssertionError):
                await sides.enter(credential)


async def test_what_exists_already_is_said_so(sides: Sides) -> None:
    await held(sides)
    key = "SI-33333333333333-33"
    again = await sides.datapass.ask("POST", SUBS, json=a_subscription())
    assert sentence(again[1]) == f"Subscription {CONTACTS} for organization {key} already exists"
    again = await sides.datapass.ask("POST", ORGS, json=an_organisation())
    assert (again[0], sentence(again[1])) == (400, f"Organization {key} already exists")


@pytest.mark.parametrize(
    ("method", "path", "body", "says"),
    [
        (
            "POST",
            ORGS,
            {"code": "X"},
            'properties (["branchCode","companyRegister","email","name",',
        ),
        ("POST", SUBS, {}, '\t* /allOf/0: Object has missing required properties (["datapassId",'),
        ("POST", ORGS, an_organisation(email="x"), "#/email: String is not a valid email value"),
        (
            "POST",
            SUBS,
            a_subscription(localAdministrator={"email": "x"}),
            "#/localAdministrator/email: String is not a valid email value",
        ),
        ("POST", ORGS, an_organisation(companyRegister="1"), "@body]"),
        ("POST", SUBS, [], "@body]"),
        (
            "GET",
            f"{SUBS}/ten",
            None,
            '@path.subscriptionId] Input string "ten" is not a valid UUID',
        ),
        ("GET", f"{SUBS}?companyRegister=x", None, "@query.companyRegister]"),
        ("GET", f"{SUBS}?status={'x' * 21}", None, "@query.status]"),
        ("GET", f"{SUBS}?orderBy=asc(colour)", None, "Bad request"),
        ("GET", f"{SUBS}?processType=x", None, "Query parameter 'processType' is unexpected"),
        ("GET", f"{ORGS}/SI-1-1", None, "@path.id]"),
    ],
)
async def test_the_referential_refuses_in_hubee_s_words(
    sides: Sides, method: str, path: str, body: object, says: str
) -> None:
    status, content = await sides.portal.ask(method, path, json=body)
    assert status == 400
    assert says in sentence(content)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        (f"{SUBS}/00000000-0000-4000-8000-000000000000", "Subscription is not found"),
        (f"{ORGS}/SI-99999999999999-1", "Organization is not found"),
        (f"{PROCS}/NOPE", "Process is not found"),
    ],
)
async def test_what_is_unknown_is_said_so(sides: Sides, path: str, says: str) -> None:
    process = await sides.portal.get(f"{PROCS}/{CONTACTS}")
    sent = {SUBS: a_subscription(), ORGS: an_organisation(), PROCS: process}
    for method, body in (("GET", None), ("PUT", sent[path.rpartition("/")[0]])):
        status, content = await sides.portal.ask(method, path, json=body)
        assert (status, sentence(content)) == (404, says)


async def test_subscriptions_are_filtered_ordered_and_paged(sides: Sides) -> None:
    for branch, process in (("3", "GRO"), ("1", "GRO"), ("2", "GRO"), ("1", "DSG")):
        sides.sandbox.subscribe("44444444444444", branch, process)
    await held(sides, delegationActor={"email": "editeur@example.org"})

    async def asked(query: str) -> list[str]:
        found = await sides.publisher.get(f"{SUBS}?{query}")
        return [f"{s['processCode']}/{s['subscriber']['branchCode']}" for s in found]

    siret = "companyRegister=44444444444444"
    assert await asked(f"{siret}&orderBy=desc(si_branch_code)&processCode=GRO") == [
        "GRO/3",
        "GRO/2",
        "GRO/1",
    ]
    assert await asked(f"{siret}&orderBy=process_code&maxResult=1") == ["DSG/1"]
    assert await asked(f"{siret}&processCode=DSG&processCode=NOPE") == ["DSG/1"]
    assert await asked("status=Inactif") == [f"{CONTACTS}/33"]
    assert await asked("delegationActorEmail=editeur@example.org") == [f"{CONTACTS}/33"]
    path = f"{SUBS}?offSet=2&maxResult=3"
    async with sides.publisher.session.get(path) as answer:
        assert answer.headers["Content-Range"] == "Susbscriptions 2-5/6"


async def test_no_answer_carries_a_credential(sides: Sides) -> None:
    client_id, secret = sides.sandbox.subscribe(*US, CONTACTS)
    shown = str(await sides.portal.get(SUBS))
    assert US[0] in shown
    assert client_id not in shown
    assert secret not in shown


async def test_organisations_are_created_read_corrected_and_listed(sides: Sides) -> None:
    key = f"{ORGS}/SI-33333333333333-33"
    status, made = await sides.datapass.ask("POST", ORGS, json=an_organisation())
    assert (status, made["createDateTime"] is None) == (201, False)
    assert await sides.datapass.get(key) == made
    corrected = await sides.portal.ask("PUT", key, json=an_organisation(name="Ville"))
    assert (corrected[0], corrected[1]["createDateTime"]) == (200, made["createDateTime"])
    (seen,) = await sides.portal.get(f"{ORGS}?type=SI&company_register=33333333333333")
    assert (seen["name"], seen["branchCode"]) == ("Ville", "33")
    moved = await sides.portal.ask("PUT", key, json=an_organisation(branchCode="34"))
    assert moved[0] == 400


async def test_a_process_is_opened_and_its_rules_hold(sides: Sides) -> None:
    rules = await sides.portal.get(f"{PROCS}/{CONTACTS}")
    new = rules | {"code": "NEW", "attachmentTypesEnabled": ["t"]}
    new |= {"attachmentFormatsEnabled": ["text/plain"], "attachmentMaxSizeEnabled": 10}
    assert (await sides.portal.ask("POST", PROCS, json=new))[0] == 201
    again = await sides.portal.ask("POST", PROCS, json=new)
    assert sentence(again[1]) == "Process NEW already exists"
    sides.sandbox.subscribe(*US, "NEW")
    for changes, status in (
        ({"type": "t"}, 201),
        ({"type": "u"}, 400),
        ({"type": "t", "mimeType": "text/csv"}, 400),
        ({"type": "t", "size": 10}, 201),
        ({"type": "t", "size": 11}, 400),
    ):
        file = a_file(**changes)
        assert (await sides.ask_folder(file, processCode="NEW"))[0] == status
    await sides.change_process("NEW", isActivated=False)
    assert (await sides.ask_folder(a_file(type="t"), processCode="NEW"))[0] == 400
    listed = await sides.portal.get(f"{PROCS}?orderBy=desc(code)")
    assert [p["code"] for p in listed] == ["NEW", CONTACTS]


async def test_each_route_is_for_those_the_reference_names(sides: Sides) -> None:
    def who(*may: Side) -> list[bool]:
        return [side in may for side in (sides.us, sides.publisher, sides.datapass, sides.portal)]

    one = f"{ORGS}/SI-{US[0]}-{US[1]}"
    table = {
        ("GET", SUBS): who(sides.publisher, sides.portal),
        ("POST", SUBS): who(sides.datapass, sides.portal),
        ("PUT", f"{SUBS}/x"): who(sides.portal),
        ("GET", ORGS): who(sides.portal),
        ("POST", ORGS): who(sides.datapass, sides.portal),
        ("GET", one): who(sides.datapass, sides.portal),
        ("PUT", one): who(sides.portal),
        ("GET", PROCS): who(sides.portal),
        ("GET", f"{PROCS}/{CONTACTS}"): who(sides.publisher, sides.portal),
        ("POST", PROCS): who(sides.portal),
        ("PUT", f"{PROCS}/{CONTACTS}"): who(sides.portal),
    }
    seen = {
        (method, path): [
            (await side.ask(method, path, json={}))[0] != 403
            for side in (sides.us, sides.publisher, sides.datapass, sides.portal)
        ]
        for method, path in table
    }
    assert seen == table
