"""From the calls and disclosures of record to one alert and one entry a day, on both databases."""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Engine, update

from gateway.abuse.uses import Use
from gateway.abuse.watching import watch_abuse
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import bodies, committed_size
from gateway.store.alerts import Level, Raised, dismiss, open_alerts
from gateway.store.disclosures import EXPLANATION, Disclosure, disclose
from gateway.store.releases import authorise
from gateway.store.tables import DISCLOSURE
from tests.gateway.test_abuse_detectors import NOW, TODAY, at, many
from tests.world.records import digest, entry, extracted
from tests.world.uses import Manner, kept, ordinary

SIRET = "00000000000012"
ALIASES = {SIRET: "pe"}


def entries(engine: Engine) -> list[Entry]:
    every = [Entry.decode(body) for body in bodies(engine, 0, committed_size(engine))]
    return [one for one in every if one.act is Act.ABUSE_SEEN]


def alerts(engine: Engine) -> Sequence[Raised]:
    with engine.begin() as connection:
        return open_alerts(connection)


def quiet(engine: Engine) -> list[Use]:
    uses = ordinary(random.Random(1), Manner(), 42)
    kept(engine, uses, siret=SIRET)
    return uses


def test_an_ordinary_client_and_an_empty_database_raise_nothing(emptied: Engine) -> None:
    assert watch_abuse(emptied, {}, NOW) == 0
    quiet(emptied)
    assert watch_abuse(emptied, ALIASES, NOW) == 0
    assert (list(alerts(emptied)), entries(emptied)) == ([], [])


def test_what_is_unusual_is_one_alert_and_one_entry_a_day(emptied: Engine) -> None:
    quiet(emptied)
    kept(emptied, many(1, rows=60_000), siret=SIRET)
    assert [watch_abuse(emptied, ALIASES, NOW) for _ in range(3)] == [1, 0, 0]
    (raised,) = alerts(emptied)
    assert (raised.alert.kind, raised.alert.level) == ("abuse-volume", Level.URGENT)
    assert raised.alert.partner == "pe"
    assert raised.alert.sentence.startswith("à l'attention de la personne déléguée")
    assert "client quiet : 60000 lignes en 24 heures" in raised.alert.sentence
    (seen,) = entries(emptied)
    assert seen.subject == "client quiet"
    assert (seen.facts["kind"], seen.facts["counted"]) == ("abuse-volume", 60_000)


def test_closed_it_is_not_raised_again_that_day_and_teaches_from_then_on(emptied: Engine) -> None:
    quiet(emptied)
    kept(emptied, many(1, rows=60_000), siret=SIRET)
    watch_abuse(emptied, ALIASES, NOW)
    (raised,) = alerts(emptied)
    tomorrow = NOW + timedelta(days=1)
    again = [moved(use, tomorrow) for use in many(1, rows=60_000)]
    kept(emptied, again, siret=SIRET)
    assert watch_abuse(emptied, ALIASES, tomorrow) == 1  # the first is still doubted
    for one in alerts(emptied):
        dismiss(emptied, one.id, by="dpo", motive="reprise convenue")
    assert watch_abuse(emptied, ALIASES, NOW) == 0
    later = NOW + timedelta(days=3)
    kept(emptied, [moved(use, later) for use in again], siret=SIRET)
    assert watch_abuse(emptied, ALIASES, later) == 0
    assert raised.alert.kind == "abuse-volume"


def moved(use: Use, to: datetime) -> Use:
    return replace(use, at=to - timedelta(minutes=30))


def test_a_product_is_known_by_the_release_that_was_asked_for(emptied: Engine) -> None:
    quiet(emptied)
    authorise(
        emptied, extracted("r-1", product="risque-rupture"), entry("r-1", Act.RELEASE_AUTHORISED)
    )
    kept(emptied, many(1, subject="r-1"), siret=SIRET)
    assert watch_abuse(emptied, ALIASES, NOW) == 1
    (raised,) = alerts(emptied)
    assert "le produit risque-rupture" in raised.alert.sentence


def test_each_of_several_people_at_a_client_is_looked_at(emptied: Engine) -> None:
    uses = ordinary(random.Random(1), Manner(departements=("08", "51")), 42)
    for departement, agent in (("08", "ana"), ("51", "bob|[red]")):
        theirs = [use for use in uses if use.departement == departement]
        kept(emptied, theirs, siret=SIRET, agent=agent)
    kept(emptied, many(1, departement="51"), siret=SIRET, agent="ana")
    assert watch_abuse(emptied, ALIASES, NOW) == 1
    (raised,) = alerts(emptied)
    assert "client quiet, agent ana : 1 demandes pour le département 51" in raised.alert.sentence
    (seen,) = entries(emptied)
    assert "ana" not in json.dumps(dict(seen.facts)) + seen.subject
    kept(emptied, many(1, departement="08"), siret=SIRET, agent="bob|[red]")
    assert [watch_abuse(emptied, ALIASES, NOW) for _ in range(2)] == [1, 0]
    assert any("agent bob__red_ :" in one.alert.sentence for one in alerts(emptied))


def test_an_operator_who_looks_at_many_people_is_seen(emptied: Engine) -> None:
    for number in range(80):
        who = digest(f"{number}")
        asked = Disclosure(EXPLANATION, "croisement:08", "08", [who])
        disclose(emptied, asked, by="ana", motive="curiosité")
    now = datetime.now(NOW.tzinfo)
    with emptied.begin() as connection:  # as if these were of this very hour
        connection.execute(update(DISCLOSURE).values(disclosed_at=now))
    found = watch_abuse(emptied, {}, now + timedelta(minutes=1))
    sentences = [one.alert.sentence for one in alerts(emptied)]
    assert found == 0
    for number in range(20):
        asked = Disclosure(EXPLANATION, "croisement:08", "08", [digest(f"more {number}")])
        disclose(emptied, asked, by="ana", motive="curiosité")
    assert sentences == []
    assert watch_abuse(emptied, {}, now + timedelta(minutes=2)) >= 1
    (raised,) = alerts(emptied)
    assert raised.alert.kind == "abuse-harvest"
    assert "opérateur ana : 100 objets différents en une heure" in raised.alert.sentence
    assert not [digest(f"{n}") for n in range(80) if digest(f"{n}") in raised.alert.sentence]
    assert at(TODAY, 16) == NOW
