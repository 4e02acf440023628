"""The referential over HTTP: subscriptions, organisations, démarches."""

from typing import Annotated, Any

import msgspec
from aiohttp import web
from msgspec import Meta, Struct

from connectors.sandbox.hubee import referential
from connectors.sandbox.hubee.asked import answer, hub, uuid_of
from connectors.sandbox.hubee.notifications import BATCH
from connectors.sandbox.hubee.records import (
    Organisation,
    Process,
    Registered,
    Subscription,
    Text20,
    Text100,
    Text255,
)
from connectors.sandbox.hubee.referential import SubscriptionDeclared
from connectors.sandbox.hubee.routes.listing import (
    check_email,
    check_length,
    check_matches,
    ordered,
    page_of,
    whole_body_of,
)

SIRET = "[0-9]{14}"
KEY = r"^\w{1,20}-[0-9]{14}-\w{1,10}$"
PHONE = r"^\+?[0-9]{10,20}$"

SUBSCRIPTION = frozenset(
    {"datapassId", "processCode", "subscriber", "notificationFrequency", "localAdministrator"}
)
# "email" is nullable in the swagger of 2022; the live gateway lists it among what is required.
ORGANISATION = frozenset(
    {"type", "companyRegister", "branchCode", "name", "postalCode", "territory", "email", "status"}
)
PROCESS = frozenset(
    {"code", "name", "isActivated", "osl", "attachmentFormatsEnabled", "attachmentTypesEnabled"}
    | {"attachmentMaxSizeEnabled", "statusBeforeFileDeletion", "timeBeforeFileDeletion"}
    | {"timeBeforeArchiving", "timeBeforeFolderDeletion", "messageToTransmitter"}
    | {"subscriptionValidation"}
)

# HubEE orders by the names of its columns, not by those of its JSON.
SUBSCRIPTION_COLUMNS = {
    "id": "id",
    "datapass_id": "datapass_id",
    "process_code": "process_code",
    "si_type": "subscriber.type",
    "si_company_register": "subscriber.company_register",
    "si_branch_code": "subscriber.branch_code",
    "notification_frequency": "notification_frequency",
    "access_mode": "access_mode",
    "delegation_actor": "delegation_actor.email",
    "local_admin": "local_administrator.email",
    "email": "email",
    "rejection_reason": "rejection_reason",
    "status": "status",
    "activate_date_time": "activate_date_time",
    "validate_date_time": "validate_date_time",
    "reject_date_time": "reject_date_time",
    "end_date_time": "end_date_time",
    "update_date_time": "update_date_time",
}
_PLAIN = ("code", "name", "country", "postal_code", "territory", "email", "phone_number", "status")
ORGANISATION_COLUMNS = {
    "type": "key.type",
    "company_register": "key.company_register",
    "branche_code": "key.branch_code",
    **{name: name for name in _PLAIN},
    "create_date_time": "create_date_time",
}
PROCESS_COLUMNS = {
    "code": "code",
    "name": "name",
    "description": "description",
    "is_activated": "is_activated",
    "subscription_validation": "subscription_validation",
    "osl_type": "osl.type",
    "osl_company_register": "osl.company_register",
    "osl_branch_code": "osl.branch_code",
    "attachments_max_size": "attachment_max_size_enabled",
    "time_before_archiving": "time_before_archiving",
    "time_before_deletion": "time_before_folder_deletion",
    "message_transmitter": "message_to_transmitter",
    "attachments_types": "attachment_types_enabled",
    "attachments_formats": "attachment_formats_enabled",
}


class OrganisationDeclared(Struct, rename="camel"):
    """An organisation, as HubEE writes it: its key flat among the rest."""

    type: Text20
    company_register: Annotated[str, Meta(pattern=r"^[0-9]{14}$")]
    branch_code: Annotated[str, Meta(min_length=1, max_length=10)]
    name: Text100
    postal_code: Text100
    territory: Text255
    status: Text20
    email: str | None = None
    code: Annotated[str, Meta(max_length=10)] | None = None
    country: Text100 | None = None
    phone_number: Annotated[str, Meta(pattern=PHONE)] | None = None
    create_date_time: str | None = None
    update_date_time: str | None = None


def _subscription(held: Subscription) -> dict[str, Any]:
    view: dict[str, Any] = msgspec.to_builtins(held)
    return {k: v for k, v in view.items() if k not in {"clientId", "clientSecret"}}


async def _subscription_of(request: web.Request, *, halves: bool) -> SubscriptionDeclared:
    declared = await whole_body_of(request, SubscriptionDeclared, SUBSCRIPTION, halves=halves)
    check_email("email", declared.email)
    check_email("localAdministrator/email", declared.local_administrator.email or "")
    if declared.delegation_actor is not None:
        check_email("delegationActor/email", declared.delegation_actor.email)
    return declared


async def subscribe(request: web.Request) -> web.Response:
    """`POST /subscriptions`."""
    declared = await _subscription_of(request, halves=True)
    return answer(_subscription(referential.subscribe(hub(request).store, declared)), 201)


async def amend(request: web.Request) -> web.Response:
    """`PUT /subscriptions/{subscriptionId}`."""
    store, asked = hub(request).store, uuid_of(request, "subscriptionId")
    referential.subscription(store, asked)
    declared = await _subscription_of(request, halves=False)
    return answer(_subscription(referential.amend(store, asked, declared)))


async def subscription(request: web.Request) -> web.Response:
    """`GET /subscriptions/{subscriptionId}`."""
    asked = uuid_of(request, "subscriptionId")
    return answer(_subscription(referential.subscription(hub(request).store, asked)))


def _is_asked(request: web.Request, held: Subscription) -> bool:
    codes = request.query.getall("processCode", [])
    actor = held.delegation_actor.email if held.delegation_actor else ""
    wanted = {
        "status": held.status.value,
        "companyRegister": held.subscriber.company_register,
        "delegationActorEmail": actor,
    }
    same = all(request.query.get(name) in {None, value} for name, value in wanted.items())
    return same and (not codes or held.process_code in codes)


async def subscriptions(request: web.Request) -> web.Response:
    """`GET /subscriptions`, with HubEE's own spelling of the range."""
    for name, most in (("status", 20), ("delegationActorEmail", 320), ("orderBy", 40)):
        check_length(request, name, most)
    siret = request.query.get("companyRegister")
    check_length(request, "companyRegister", 14)
    check_matches(request, "query.companyRegister", SIRET, siret)
    held = hub(request).store.world.subscriptions.values()
    found = ordered(request, (s for s in held if _is_asked(request, s)), SUBSCRIPTION_COLUMNS)
    page, span = page_of(request, found, BATCH)
    return answer(
        [_subscription(s) for s in page], headers={"Content-Range": f"Susbscriptions {span}"}
    )


def _organisation(known: Registered) -> dict[str, Any]:
    view: dict[str, Any] = msgspec.to_builtins(known)
    key: dict[str, Any] = view.pop("key")
    return key | view


async def _organisation_of(request: web.Request) -> Registered:
    declared = await whole_body_of(request, OrganisationDeclared, ORGANISATION)
    check_email("email", declared.email)
    key = Organisation(declared.type, declared.company_register, declared.branch_code)
    given = {f: getattr(declared, f) for f in Registered.__struct_fields__ if f != "key"}
    return Registered(key, **given)


def _key_of(request: web.Request) -> str:
    key = request.match_info["organizationId"]
    check_matches(request, "path.id", KEY, key)
    return key


async def register(request: web.Request) -> web.Response:
    """`POST /organizations`."""
    declared = await _organisation_of(request)
    return answer(_organisation(referential.register(hub(request).store, declared)), 201)


async def correct(request: web.Request) -> web.Response:
    """`PUT /organizations/{type-siret-branch}`."""
    store, key = hub(request).store, _key_of(request)
    referential.organisation(store, key)
    return answer(_organisation(referential.correct(store, key, await _organisation_of(request))))


async def organisation(request: web.Request) -> web.Response:
    """`GET /organizations/{type-siret-branch}`."""
    return answer(_organisation(referential.organisation(hub(request).store, _key_of(request))))


async def organisations(request: web.Request) -> web.Response:
    """`GET /organizations`."""
    kind, siret = request.query.get("type"), request.query.get("company_register")
    known = (
        one
        for one in hub(request).store.world.organisations.values()
        if kind in {None, one.key.type} and siret in {None, one.key.company_register}
    )
    page, _ = page_of(request, ordered(request, known, ORGANISATION_COLUMNS), BATCH)
    return answer([_organisation(one) for one in page])


async def open_process(request: web.Request) -> web.Response:
    """`POST /processes`."""
    declared = await whole_body_of(request, Process, PROCESS)
    return answer(referential.open_process(hub(request).store, declared), 201)


async def change_process(request: web.Request) -> web.Response:
    """`PUT /processes/{code}`."""
    store, code = hub(request).store, request.match_info["code"]
    referential.process(store, code)
    declared = await whole_body_of(request, Process, PROCESS)
    return answer(referential.change_process(store, code, declared))


async def process(request: web.Request) -> web.Response:
    """`GET /processes/{code}`."""
    return answer(referential.process(hub(request).store, request.match_info["code"]))


async def processes(request: web.Request) -> web.Response:
    """`GET /processes`, all of them: HubEE pages these no more than its swagger did."""
    siret = request.query.get("companyRegister")
    check_matches(request, "query.companyRegister", SIRET, siret)
    known = (
        one
        for one in hub(request).store.world.processes.values()
        if siret in {None, one.osl.company_register}
    )
    return answer(ordered(request, known, PROCESS_COLUMNS))
