"""Where a partner stands on its way into service: what was done, what is missing, in order.

Read from the settings and from what was written; nothing is ticked by hand.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection
from stdnum.fr import siret

from gateway.delivery import Verdict
from gateway.echo import passed
from gateway.habilitation import Direction, Habilitation
from gateway.settings import Partner
from gateway.settings.cms import CmsTerms
from gateway.store.partner_keys import Kind, in_force
from gateway.store.partner_tests import last_received, sent_to


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to have done. `todo` is empty once it is, else what to type or ask."""

    name: str
    todo: str = ""

    @property
    def is_done(self) -> bool:
        """Whether nothing is left of it."""
        return not self.todo


def checklist(
    connection: Connection, partner: Partner, habilitations: Sequence[Habilitation]
) -> Sequence[Step]:
    """Every step, in the order of the onboarding."""
    alias = partner.alias
    steps = [
        Step("organisme", "" if siret.is_valid(partner.siret) else "SIRET à vérifier : clé fausse")
    ]
    steps += _host(connection, partner)
    steps += _keys(connection, partner)
    if partner.flows:
        received = last_received(connection, alias)
        good = received is not None and received["verdict"] == Verdict.ACCEPTED
        todo = "" if good else "il dépose un fichier TEST_… : la passerelle le lit et répond"
        steps.append(Step("essai reçu de lui", todo))
    if _receives(partner, habilitations):
        answered = any(passed(sent) for sent in sent_to(connection, alias))
        todo = "" if answered else f"passerelle partner test {alias}, puis son accusé"
        steps.append(Step("essai lu par lui", todo))
    steps.append(_rights(partner, habilitations))
    return steps


def _host(connection: Connection, partner: Partner) -> Iterator[Step]:
    if partner.sftp is None:
        return
    pinned = partner.sftp.host_keys or in_force(connection, partner.alias, Kind.SSH_HOST)
    todo = "" if pinned else f"passerelle partner host-key {partner.alias}"
    yield Step("clé d'hôte SSH épinglée", todo)


def _keys(connection: Connection, partner: Partner) -> Iterator[Step]:
    envelopes = {line.envelope for line in partner.flows}
    todo = f"passerelle key import … --partenaire {partner.alias}"
    if not envelopes or "openpgp" in envelopes:
        good = _is_known(connection, partner.alias, Kind.OPENPGP)
        yield Step("clé OpenPGP approuvée à deux", "" if good else todo)
    if "cms" in envelopes and (partner.cms or CmsTerms()).signature == "required":
        good = _is_known(connection, partner.alias, Kind.CMS)
        yield Step("certificat CMS approuvé à deux", "" if good else todo)


def _is_known(connection: Connection, partner: str, kind: Kind) -> bool:
    now, keys = datetime.now(UTC), in_force(connection, partner, kind)
    return any(key.expires_at is None or key.expires_at > now for key in keys)


def _receives(partner: Partner, habilitations: Sequence[Habilitation]) -> bool:
    return any(
        h.organisation.siret == partner.siret and h.direction is Direction.RECIPIENT
        for h in habilitations
    )


def _rights(partner: Partner, habilitations: Sequence[Habilitation]) -> Step:
    known = any(h.organisation.siret == partner.siret for h in habilitations)
    if known or partner.flows:
        return Step("flux ou habilitation")
    return Step("flux ou habilitation", "aucun flux envoyé, aucune habilitation à son SIRET")
