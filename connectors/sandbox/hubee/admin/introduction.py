"""What a sandbox says of itself when it starts: addresses, credentials, and a flat environment.

It also leaves its own access, address and token, in a file only its owner reads.
"""

import json
import os
import secrets
from pathlib import Path

from connectors.sandbox.hubee.access import Scope
from connectors.sandbox.hubee.admin.asking import Desk
from connectors.sandbox.hubee.admin.door import PREFIX
from connectors.sandbox.hubee.admin.looking import shown
from connectors.sandbox.hubee.web import FOLDERS, REFERENTIAL, TOKEN

ACCESS = "acces.json"
TOKEN_BYTES = 32


def introduce(desk: Desk, base: str) -> dict[str, object]:
    """Return everything an integrator needs; the secrets are a sandbox's, worth nothing elsewhere."""
    addresses = {
        "base_url": base,
        "token_url": base + TOKEN,
        "api_url": base + FOLDERS,
        "referential_url": base + REFERENTIAL,
        "admin_url": base + PREFIX,
        "admin_token": desk.token,
    }
    credentials = [shown(one) for one in desk.sandbox.credentials()]
    return {
        **addresses,
        "credentials": credentials,
        "environment": environment(desk, base),
    }


def environment(desk: Desk, base: str) -> dict[str, str]:
    """Return the same, flat, as collections of requests like it: one variable per value."""
    flat = {
        "baseUrl": base,
        "tokenUrl": base + TOKEN,
        "apiUrl": base + FOLDERS,
        "referentialUrl": base + REFERENTIAL,
        "adminUrl": base + PREFIX,
        "adminToken": desk.token,
        "siret": desk.home[0],
        "branchCode": desk.home[1],
    }
    for one in desk.sandbox.credentials():
        caller = one.caller
        organisation = caller.organisation
        key = (organisation.company_register, organisation.branch_code)
        if caller.scope is Scope.SI and key != desk.home:
            continue
        flat[f"{one.name}.clientId"] = one.client_id
        flat[f"{one.name}.clientSecret"] = one.client_secret
    return flat


def kept_token(folder: Path) -> str:
    """Return the token of the last start, or a new one: a restart does not lock a client out."""
    try:
        kept = json.loads((folder / ACCESS).read_text("utf-8"))
        token = str(kept["admin_token"])
    except (OSError, ValueError, KeyError, TypeError):
        return secrets.token_urlsafe(TOKEN_BYTES)
    return token


def write_access(folder: Path, desk: Desk, base: str) -> None:
    """Leave the address and the token for the commands that follow."""
    aside = folder / f".{ACCESS}.new"
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
        json.dump({"admin_url": base + PREFIX, "admin_token": desk.token}, file)
    aside.replace(folder / ACCESS)


def read_access(folder: Path) -> tuple[str, str]:
    """Return the address and the token a sandbox left. Raises `ValueError` when there is none."""
    try:
        kept = json.loads((folder / ACCESS).read_text("utf-8"))
        return str(kept["admin_url"]), str(kept["admin_token"])
    except (OSError, ValueError, KeyError, TypeError):
        raise ValueError("no sandbox left its access here") from None
