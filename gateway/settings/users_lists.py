"""`[[users_lists]]`: how a département calls the columns and the sheet of its users list in RDV-Insertion."""

from typing import Annotated

import msgspec

from gateway.settings.values import Departement, Text

SheetName = Annotated[
    str,
    msgspec.Meta(
        pattern=r"\A(?!')[^\[\]:*?/\\]{1,31}(?<!')\Z",
        description="nom de feuille Excel (31 caractères au plus)",
    ),
]


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One column: ours, and the département's name for it."""

    column: Text
    name: Text


class UsersList(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The names of one département; a column that is not said keeps ours."""

    departement: Departement
    sheet: SheetName = "Usagers"
    headers: tuple[Header, ...] = ()
