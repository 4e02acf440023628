"""A PKCS#11 token of one's own: SoftHSM v2, its objects in a temporary folder.

The library reads its settings once per process: call `softhsm` before anything else loads it.
"""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pkcs11
import pytest

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
TOKEN, PIN = "passerelle-essai", "247193"


@dataclass(frozen=True, slots=True)
class Softhsm:
    """A token that was initialised, and nothing in it."""

    folder: Path

    def draw(self, label: str, *, bits: int = 256, **attributes: bool) -> None:
        """A key drawn in the token."""
        with self._opened() as session:
            session.generate_key(
                pkcs11.KeyType.GENERIC_SECRET,
                key_length=bits,
                label=label,
                store=True,
                capabilities=pkcs11.MechanismFlag.SIGN,
                template=_template(attributes),
            )

    def load(self, label: str, value: bytes, **attributes: bool) -> None:
        """A key that somebody brought."""
        attribute = pkcs11.Attribute
        with self._opened() as session:
            session.create_object(
                {
                    attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY,
                    attribute.KEY_TYPE: pkcs11.KeyType.GENERIC_SECRET,
                    attribute.LABEL: label,
                    attribute.VALUE: value,
                    attribute.SIGN: True,
                    attribute.TOKEN: True,
                    **_template(attributes),
                }
            )

    def _opened(self) -> Any:
        token = pkcs11.lib(MODULE).get_token(token_label=TOKEN)
        return token.open(rw=True, user_pin=PIN)


def _template(said: dict[str, bool]) -> dict[Any, bool]:
    wanted = {"SENSITIVE": True, "EXTRACTABLE": False} | said
    return {getattr(pkcs11.Attribute, name): value for name, value in wanted.items()}


def softhsm(folder: Path) -> Softhsm:
    """Make the token; the environment names its settings for this process and its children."""
    (folder / "jetons").mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(
        f"directories.tokendir = {folder / 'jetons'}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    pytest.MonkeyPatch().setenv("SOFTHSM2_CONF", str(settings))
    subprocess.run(
        [
            "softhsm2-util",
            "--init-token",
            "--free",
            "--label",
            TOKEN,
            "--pin",
            PIN,
            "--so-pin",
            PIN,
        ],
        check=True,
        capture_output=True,
    )
    return Softhsm(folder)
