"""Who watches a département being written, to tell of the same people elsewhere.

A witness draws with generators of its own: with or without one, the files watched have the same bytes.
"""

from typing import Protocol

from schemas.generator.dossiers import Dossier, Told
from schemas.generator.people import Member, Registry


class Witness(Protocol):
    """What a witness is shown, in this order."""

    def opened(self, registry: Registry) -> None:
        """Be given the registry everybody is drawn from."""

    def met(self, member: Member, id_cd: str, nir_form: int) -> None:
        """See somebody the CNAF knows; `id_cd` is empty when the département does not follow them.

        A spouse comes just after the applicant. `nir_form` is how many characters of their NIR the
        CNAF gives: 0, 13 or 15.
        """

    def registered(self, dossier: Dossier, member: Member | None) -> None:
        """See the dossier drawn with the member just met, or with nobody the CNAF knows."""

    def written(self, dossier: Dossier, told: Told) -> None:
        """See a dossier in the order of Pôle emploi's file, with what was drawn while writing it."""

    def closed(self) -> None:
        """Be told that nobody else will come."""


class Nobody:
    """Watches nothing."""

    def opened(self, registry: Registry) -> None:
        """Forget it."""

    def met(self, member: Member, id_cd: str, nir_form: int) -> None:
        """Forget it."""

    def registered(self, dossier: Dossier, member: Member | None) -> None:
        """Forget it."""

    def written(self, dossier: Dossier, told: Told) -> None:
        """Forget it."""

    def closed(self) -> None:
        """Forget it."""
