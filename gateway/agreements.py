"""What two people agreed about a partner's SFTP account: its host keys, and its old algorithms.

1. A host key in force pins the host, beside those of the settings: the first one may come from either.
2. Old algorithms are spoken only while somebody approved exactly what the settings say today: another
   end date, host or list is another agreement.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.ssh_algorithms import Policy
from gateway.errors import Misconfigured
from gateway.settings import Partner, SftpPlace
from gateway.store.approvals import Matter, digest_of, given
from gateway.store.partner_keys import Kind, in_force


@dataclass(frozen=True, slots=True)
class Agreed:
    """What stands approved about one partner."""

    host_keys: tuple[str, ...] = ()
    legacy: bool = False


NOTHING = Agreed()


def agreed(connection: Connection, partner: Partner) -> Agreed:
    """What stands approved about a partner, as its settings are today."""
    if partner.sftp is None:
        return NOTHING
    keys = in_force(connection, partner.alias, Kind.SSH_HOST)
    return Agreed(tuple(key.material for key in keys), legacy_given(connection, partner))


def legacy_given(connection: Connection, partner: Partner) -> bool:
    """Whether two people agreed to speak old algorithms with this partner, as its settings are today."""
    if partner.sftp is None or partner.sftp.policy != "legacy":
        return False
    wanted = digest_of(Matter.LEGACY, partner.alias, legacy_shown(partner))
    return any(one.digest == wanted for one in given(connection, Matter.LEGACY, partner.alias))


def legacy_shown(partner: Partner) -> Mapping[str, str]:
    """What both people read before they answer. Raises `Misconfigured` when there is nothing to ask."""
    place = partner.sftp
    if place is None or place.policy != "legacy":
        raise Misconfigured(
            f"{partner.alias} : rien à demander, ses réglages SFTP sont ceux de tous"
        )
    algorithms = Policy.LEGACY.algorithms
    return {
        "partenaire": f"{partner.alias}, {partner.name}",
        "machine": f"{place.host}:{place.port}",
        "jusqu'au": _until(place),
        "échange de clés": ", ".join(algorithms.kex),
        "chiffrement": ", ".join(algorithms.encryption),
        "intégrité": ", ".join(algorithms.mac),
        "signatures": ", ".join(algorithms.all_signatures),
    }


def _until(place: SftpPlace) -> str:
    return place.legacy_until.isoformat() if place.legacy_until else ""
