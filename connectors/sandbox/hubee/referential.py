"""The directory: who exists, what démarches there are, and who is subscribed to what.

1. A key is given once: creating it again is refused with `… already exists`.
2. A subscription is created Inactif, becomes Actif when its activation date comes or when somebody says
   so, may be Suspendu and come back; Refusé is kept, and final.
3. Only an Actif subscription receives. Only one whose access mode is API has a credential that opens.
4. An organisation is its type, its SIRET and its branch: two branches of one SIRET know nothing of each
   other.
"""

from typing import Annotated

from msgspec import Meta, Struct

from connectors.sandbox.hubee.access import derived_secret
from connectors.sandbox.hubee.answers import bad, missing
from connectors.sandbox.hubee.catalogue import opened
from connectors.sandbox.hubee.clock import day_of
from connectors.sandbox.hubee.purge import activate, batch
from connectors.sandbox.hubee.records import (
    Held,
    Organisation,
    Person,
    Process,
    Registered,
    Subscription,
)
from connectors.sandbox.hubee.store import Store

Code = Annotated[str, Meta(max_length=30)]


class SubscriptionDeclared(Struct, rename="camel"):
    """The body of `POST /subscriptions` and of `PUT /subscriptions/{id}`."""

    datapass_id: int
    process_code: Code
    subscriber: Organisation
    notification_frequency: Annotated[str, Meta(max_length=20)]
    local_administrator: Person
    access_mode: str | None = None
    delegation_actor: Person | None = None
    email: str | None = None
    status: str | None = None
    rejection_reason: Annotated[str, Meta(max_length=1000)] | None = None
    activate_date_time: str | None = None
    validate_date_time: str | None = None
    reject_date_time: str | None = None
    end_date_time: str | None = None


def organisation(store: Store, key: str) -> Registered:
    """Return an organisation by its textual key."""
    found = store.world.organisations.get(key)
    if found is None:
        raise missing("Organization")
    return found


def register(store: Store, declared: Registered) -> Registered:
    """Add an organisation to the directory."""
    if str(declared.key) in store.world.organisations:
        raise bad(f"Organization {declared.key} already exists")
    with store.change() as world:
        declared.create_date_time = store.now()
        world.organisations[str(declared.key)] = declared
    return declared


def correct(store: Store, key: str, declared: Registered) -> Registered:
    """Replace what is known of an organisation; its key does not change."""
    known = organisation(store, key)
    if declared.key != known.key:
        raise bad("Bad request")
    with store.change() as world:
        declared.create_date_time, declared.update_date_time = known.create_date_time, store.now()
        world.organisations[key] = declared
    return declared


def process(store: Store, code: str) -> Process:
    """Return a démarche by its code."""
    found = store.world.processes.get(code)
    if found is None:
        raise missing("Process")
    return found


def open_process(store: Store, declared: Process) -> Process:
    """Add a démarche."""
    if declared.code in store.world.processes:
        raise bad(f"Process {declared.code} already exists")
    with store.change() as world:
        declared.creation_date_time = store.now()
        world.processes[declared.code] = declared
    return declared


def change_process(store: Store, code: str, declared: Process) -> Process:
    """Replace the rules of a démarche. Its new delays count at once."""
    known = process(store, code)
    if declared.code != known.code:
        raise bad("Bad request")
    with store.change() as world:
        declared.creation_date_time = known.creation_date_time
        declared.update_date_time = store.now()
        world.processes[code] = declared
    batch(store)
    return declared


def subscription(store: Store, subscription_id: str) -> Subscription:
    """Return a subscription by its identifier."""
    found = store.world.subscriptions.get(subscription_id)
    if found is None:
        raise missing("Subscription")
    return found


def subscribed(store: Store, subscriber: Organisation, code: str) -> Subscription | None:
    """Return what this organisation holds for this démarche, in whatever state."""
    held = store.world.subscriptions.among(subscriber)
    return next((s for s in held if s.process_code == code), None)


def _new(store: Store, code: str, subscriber: Organisation) -> Subscription:
    client_id = f"si-{store.new_id()}"
    return Subscription(
        id=store.new_id(),
        process_code=code,
        subscriber=subscriber,
        client_id=client_id,
        client_secret=derived_secret(store.world.seed, client_id),
        creation_date_time=store.now(),
    )


def subscribe(store: Store, declared: SubscriptionDeclared) -> Subscription:
    """Create a subscription, as DataPass does: Inactif."""
    code, subscriber = declared.process_code, declared.subscriber
    process(store, code)
    organisation(store, str(subscriber))
    if subscribed(store, subscriber, code) is not None:
        raise bad(f"Subscription {code} for organization {subscriber} already exists")
    _status(declared)
    with store.change() as world:
        held = _new(store, code, subscriber)
        _take(held, declared)
        held.status = Held.INACTIVE
        world.subscriptions[held.id] = held
    activate(store, held, day_of(store.clock()))
    return held


def amend(store: Store, subscription_id: str, declared: SubscriptionDeclared) -> Subscription:
    """Replace what a subscription says; who holds it and for what do not change."""
    held = subscription(store, subscription_id)
    if (declared.process_code, declared.subscriber) != (held.process_code, held.subscriber):
        raise bad("Bad request")
    status = _status(declared) or held.status
    if held.status is Held.REFUSED and status is not Held.REFUSED:
        raise bad("Bad request")
    with store.change(held):
        moved, now = status is not held.status, store.now()
        _take(held, declared)
        held.status, held.update_date_time = status, now
        if moved and status is Held.ACTIVE:
            held.activate_date_time = held.activate_date_time or now
        if moved and status is Held.REFUSED:
            held.reject_date_time = held.reject_date_time or now
    activate(store, held, day_of(store.clock()))
    return held


def _status(declared: SubscriptionDeclared) -> Held | None:
    if declared.status is None:
        return None
    if declared.status not in set(Held):
        raise bad("Bad request")
    return Held(declared.status)


def _take(held: Subscription, declared: SubscriptionDeclared) -> None:
    for name in SubscriptionDeclared.__struct_fields__:
        if name != "status":
            setattr(held, name, getattr(declared, name))


def subscribe_at_once(store: Store, subscriber: Organisation, code: str) -> Subscription:
    """Return a subscription ready for use, with all it takes to have one; made at the first call.

    The démarche is opened without its lists if the catalogue was not installed.
    """
    held = subscribed(store, subscriber, code)
    if held is not None:
        return held
    with store.change() as world:
        now = store.now()
        known = Registered(subscriber, name=str(subscriber), create_date_time=now)
        world.organisations.setdefault(str(subscriber), known)
        world.processes.setdefault(code, opened(code))
        held = _new(store, code, subscriber)
        held.activate_date_time = held.validate_date_time = now
        world.subscriptions[held.id] = held
    return held
