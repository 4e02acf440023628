"""The public keys of partners: how one is brought, and which are used.

A key is shown whole (its full fingerprint, as read aloud by its owner) before anybody approves it; what
is used is what the database says is in force, never what a file says.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Engine

from gateway import cms
from gateway.errors import Misconfigured
from gateway.pgp import Policy, describe_key
from gateway.store.approvals import Approval
from gateway.store.partner_keys import Kind, Proposal, in_force, propose


def propose_openpgp(
    engine: Engine,
    partner: str,
    armored: str,
    *,
    read_aloud: str,
    by: str,
    motive: str,
    policy: Policy | None = None,
) -> Approval:
    """Bring an OpenPGP key. `read_aloud` is what its owner says its fingerprint is. Raises `Misconfigured`."""
    facts = describe_key(armored, policy)
    fingerprint = facts.fingerprint
    if "".join(read_aloud.split()).upper() != fingerprint:
        raise Misconfigured(_other_fingerprint(fingerprint))
    if not facts.accepted:
        raise Misconfigured(f"clé refusée par la politique convenue : {facts.verdict}")
    expires = facts.primary.expires
    shown = {
        "partenaire": partner,
        "empreinte": grouped(fingerprint),
        "algorithme": facts.algorithm,
        "créée le": f"{facts.primary.created:%d/%m/%Y}",
        "expire le": f"{expires:%d/%m/%Y}" if expires else "jamais",
        "peut signer": "oui" if facts.can_sign else "non",
        "peut chiffrer": "oui" if facts.can_encrypt else "non",
        "avis": facts.verdict or "conforme",
    }
    proposal = Proposal(partner, Kind.OPENPGP, fingerprint, armored, shown, expires)
    return propose(engine, proposal, by=by, motive=motive)


def propose_certificate(
    engine: Engine, partner: str, pem: str, *, read_aloud: str, by: str, motive: str
) -> Approval:
    """Bring a certificate that signs in CMS. `read_aloud`: its SHA-256. Raises `Misconfigured`."""
    described = cms.describe_certificate(pem)
    wanted = "".join(read_aloud.replace(":", " ").split())
    if wanted.lower() != described.fingerprint.lower():
        raise Misconfigured(_other_fingerprint(described.fingerprint))
    facts = {"partenaire": partner, **described.facts}
    proposal = Proposal(partner, Kind.CMS, described.fingerprint, pem, facts, described.expires_at)
    return propose(engine, proposal, by=by, motive=motive)


def _other_fingerprint(fingerprint: str) -> str:
    return (
        f"l'empreinte lue n'est pas celle de ce fichier, qui est {grouped(fingerprint)} : "
        "rappelez le partenaire, par un autre moyen que celui qui a apporté la clé"
    )


def openpgp_keys(engine: Engine, partner: str, *, now: datetime | None = None) -> Sequence[str]:
    """The keys of a partner to use now, armored, oldest first. Raises `Misconfigured` when there is none."""
    at = now or datetime.now(UTC)
    with engine.begin() as connection:
        found = in_force(connection, partner, Kind.OPENPGP)
    valid = [key.material for key in found if key.expires_at is None or at < key.expires_at]
    if not valid:
        raise Misconfigured(
            f"{partner} : aucune clé OpenPGP en vigueur (passerelle key import, puis approval approve)"
        )
    return valid


def grouped(fingerprint: str) -> str:
    """A fingerprint as people read it aloud: by groups of four."""
    return " ".join(fingerprint[i : i + 4] for i in range(0, len(fingerprint), 4))
