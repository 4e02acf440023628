"""What opens a partner's files: our key for an envelope, and the keys of this one partner."""

from sqlalchemy import Engine

from gateway.enrolment import openpgp_keys
from gateway.errors import Misconfigured
from gateway.keyring import Keyring, Use
from gateway.pgp import Keys
from gateway.settings import Partner
from gateway.settings.cms import CmsTerms
from gateway.stages.unseal import CmsPair
from gateway.store.partner_keys import Kind, in_force


def openpgp_desk(engine: Engine, keyring: Keyring, partner: Partner, use: Use) -> Keys:
    """What is laid out on the desk of this partner for this use, and nothing else. Raises `Misconfigured`."""
    archived = use is Use.RELEASE and partner.openpgp.archive
    return Keys(
        f"{partner.alias}/{use}",
        keyring.openpgp(use),
        "\n".join(openpgp_keys(engine, partner.alias)),
        keyring.openpgp_passphrase(use),
        keyring.openpgp_archive() if archived else "",
        partner.openpgp.policy,
    )


def own_desk(keyring: Keyring, alias: str) -> Keys:
    """Where an extract is sealed for ourselves, and opened: its recipient takes people and has no key."""
    return Keys(
        f"{alias}/push",
        keyring.openpgp(Use.RELEASE),
        keyring.openpgp_public(Use.RELEASE),
        keyring.openpgp_passphrase(Use.RELEASE),
    )


def cms_pair(engine: Engine, keyring: Keyring, partner: Partner) -> CmsPair:
    """For the `cms` envelope: certificates are those that two people approved. Raises `Misconfigured`."""
    terms = partner.cms or CmsTerms()
    with engine.begin() as connection:
        approved = in_force(connection, partner.alias, Kind.CMS)
    if terms.signature == "required" and not approved:
        raise Misconfigured(
            f"{partner.alias} : aucun certificat CMS approuvé (importez-le, une autre personne l'approuve)"
        )
    return CmsPair(
        keyring.cms_key(),
        keyring.cms_certificate(),
        keyring.cms_passphrase(),
        tuple(key.material for key in approved),
        signature=terms.signature == "required",
        integrity=terms.integrity == "required",
    )
