"""One person as RDV-Insertion takes it. Printed, it shows nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

IDENTIFIERS = ("nir", "department_internal_id", "email", "phone_number")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class User:
    """Their words for their fields; empty: not said. A call never erases what they hold.

    `title`: monsieur or madame; `role`: demandeur or conjoint; `birth_date`: dd/mm/yyyy;
    `affiliation_number`: the CAF's, by which they recognise nobody any more.
    """

    first_name: str
    last_name: str
    title: str = ""
    role: str = ""
    affiliation_number: str = ""
    email: str = ""
    phone_number: str = ""
    nir: str = ""
    birth_date: str = ""
    department_internal_id: str = ""

    def __repr__(self) -> str:
        return "User(***)"

    @property
    def is_complete(self) -> bool:
        """Whether they could take it: both names, and one of the identifiers they know people by."""
        return bool(self.first_name and self.last_name) and any(
            getattr(self, name) for name in IDENTIFIERS
        )

    def payload(self, motif_category: str) -> Mapping[str, object]:
        """What is posted: what is said, and always the category that people are invited to."""
        said = {item.name: value for item in fields(self) if (value := getattr(self, item.name))}
        return {**said, "invitation": {"motif_category": {"short_name": motif_category}}}
