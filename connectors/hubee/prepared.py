"""What `HubeeOutlet.prepare` gives: the package, its one delivery, and a digest of what it holds."""

from dataclasses import dataclass
from typing import Self

from connectors.errors import Unprepared


@dataclass(frozen=True, slots=True)
class Prepared:
    """Written as one text, which holds no secret."""

    package: str
    delivery: str
    digest: str

    def __str__(self) -> str:
        return f"{self.package}/{self.delivery}/{self.digest}"

    @classmethod
    def of(cls, prepared: str) -> Self:
        """Read it back. Raises `Unprepared` for anything else."""
        match prepared.split("/"):
            case [package, delivery, digest] if package and delivery and digest:
                return cls(package, delivery, digest)
        raise Unprepared("nothing was prepared at HubEE under this reference: prepare again")
