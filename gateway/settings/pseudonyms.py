"""`[pseudonyms]`: where the master of every pseudonym is, and what cannot be meant.

1. `file`: one file, ours or a systemd credential. One person who reads it can name everybody.
2. `shares`: two files, each with its own officer, in two places; only our memory holds the master.
3. `pkcs11`: a key that never leaves its token.
"""

from collections.abc import Iterator
from pathlib import PurePath
from typing import Final, Literal

import msgspec

from gateway.settings.values import MaybeTexts, Switch, Text, Word

_TOKEN: Final = ("module", "token_label", "pin_file")


class Pseudonyms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the master is. Not said: one file, and `doctor` says it. `together` admits shares in one folder."""

    master: Literal["shares", "file", "pkcs11"] | None = None
    shares: MaybeTexts = ()
    together: Switch = False
    module: Word = ""
    token_label: Word = ""
    key_label: Text = "passerelle-pseudonymes"
    pin_file: Word = ""


def pseudonyms_faults(chosen: Pseudonyms) -> Iterator[str]:
    """A source half described, or another than the one chosen; two shares where one hand takes both."""
    given = [name for name in _TOKEN if getattr(chosen, name)]
    if chosen.master == "pkcs11" and len(given) < len(_TOKEN):
        yield '« pseudonyms.master = "pkcs11" » veut module, token_label et pin_file'
    if chosen.master != "pkcs11" and given:
        yield f'« pseudonyms.{given[0]} » ne vaut qu\'avec master = "pkcs11"'
    if chosen.master != "shares" and (chosen.shares or chosen.together):
        yield '« pseudonyms.shares » et « together » ne valent qu\'avec master = "shares"'
    elif chosen.shares:
        yield from _share_faults(chosen)


def _share_faults(chosen: Pseudonyms) -> Iterator[str]:
    if len(set(chosen.shares)) != 2 or len(chosen.shares) != 2:  # noqa: PLR2004 - two officers
        yield "« pseudonyms.shares » : deux fichiers, la part 1 puis la part 2"
    elif len({PurePath(path).parent for path in chosen.shares}) == 1 and not chosen.together:
        yield (
            "« pseudonyms.shares » : les deux parts seraient dans le même dossier ; séparez-les, "
            "ou écrivez together = true"
        )
