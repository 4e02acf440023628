"""The settings file of a new partner, as an administrator would write it: every line explained."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

HEAD = """\
# Écrit par « passerelle partner add ». Ce qui manque encore : « passerelle partner show {alias} ».
alias = {alias_text}
name = {name}
siret = {siret}
"""
SFTP = """
[sftp]
host = {host}
port = {port}
username = {username}
client_key = {client_key}                # notre clé SSH privée (0600)
# Sa clé d'hôte n'est pas ici : « passerelle partner host-key {alias} », puis l'accord d'une seconde personne.
"""
FOLDER = """
[folder]
path = {path}
"""
FLOW = """
[[flows]]
flow = {flow}
departement = {departement}
"""


@dataclass(frozen=True, slots=True)
class SftpAccount:
    """Where its SFTP server is, and who we are there."""

    host: str
    port: int
    username: str
    client_key: str


@dataclass(frozen=True, slots=True)
class NewPartner:
    """What is known of a partner on its first day. `flows`: (flow, département)."""

    alias: str
    name: str
    siret: str
    sftp: SftpAccount | None = None
    folder: str | None = None
    flows: Sequence[tuple[str, str]] = ()


def write(new: NewPartner) -> str:
    """The whole file, in TOML."""
    parts = [
        HEAD.format(
            alias=new.alias,
            alias_text=_text(new.alias),
            name=_text(new.name),
            siret=_text(new.siret),
        )
    ]
    if new.sftp is not None:
        parts.append(
            SFTP.format(
                alias=new.alias,
                host=_text(new.sftp.host),
                port=new.sftp.port,
                username=_text(new.sftp.username),
                client_key=_text(new.sftp.client_key),
            )
        )
    if new.folder is not None:
        parts.append(FOLDER.format(path=_text(new.folder)))
    parts += [FLOW.format(flow=_text(flow), departement=_text(d)) for flow, d in new.flows]
    return "".join(parts)


def _text(value: str) -> str:
    """A TOML basic string: JSON's escapes are among TOML's, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
