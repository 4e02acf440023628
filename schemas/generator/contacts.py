"""Phones and e-mails: the clean ones first, then what a clerk made of them.

1. A clean phone is `0XXXXXXXXX`, in a range the numbering plan accepts; 06 and 07 are mobiles.
2. `dirty_phone` writes it without its 0, with spaces or dots, or with +33 / 0033 / an overseas code.
3. A clean e-mail is lower-case ASCII at an example domain; dirty, it has capitals or outer blanks.
4. `feed` is what the cleaned contact feed must say: the first mobile in column 1, the other number
   in column 2, the same number once.
"""

from dataclasses import dataclass
from random import Random

from schemas.generator import names

# Overseas mobiles have their own country code: (first digits, code).
_OVERSEAS = {"0690": "590", "0692": "262", "0694": "594", "0696": "596"}
# Landline blocks ARCEP keeps for fiction.
_LANDLINES = ("019900", "026191", "035301", "046571", "053649")
_DOMAINS = ("example.org", "example.com")


@dataclass(frozen=True, slots=True)
class Contacts:
    """Two phone columns and an e-mail, clean and as written. Empty means absent."""

    phones: tuple[str, str]
    written_phones: tuple[str, str]
    email: str
    written_email: str

    @property
    def feed(self) -> tuple[str, str, str] | None:
        """The three contact cells of the cleaned feed; None when there is nobody to reach."""
        numbers = [n for n in dict.fromkeys(self.phones) if n]
        numbers.sort(key=lambda n: not n.startswith(("06", "07")))  # stable
        if not numbers and not self.email:
            return None
        first, second, *_ = [*numbers, "", ""]
        return first, second, self.email


def draw(rng: Random, *, first_name: str, surname: str, number: int) -> Contacts:
    """Draw the contacts of one household; some have neither phone nor e-mail."""
    phones = _phones(rng)
    clean = ""
    if rng.random() < 0.75:
        local = f"{names.plain(first_name)}.{names.plain(surname)}{number}".lower()
        clean = f"{local}@{rng.choice(_DOMAINS)}"
    written = (_dirty_phone(rng, phones[0]), _dirty_phone(rng, phones[1]))
    return Contacts(phones, written, clean, _dirty_email(rng, clean))


def _phones(rng: Random) -> tuple[str, str]:
    same = _mobile(rng)
    shapes = (
        ("", ""),
        (same, ""),
        (_landline(rng), ""),
        ("", same),
        ("", _landline(rng)),
        (same, same),
        (_landline(rng), same),
        (same, _landline(rng)),
        (same, _mobile(rng)),
        (_landline(rng), _landline(rng)),
    )
    return rng.choices(shapes, (10, 35, 10, 4, 3, 5, 18, 7, 6, 2))[0]


def _mobile(rng: Random) -> str:
    if rng.random() < 0.06:
        return f"{rng.choice(sorted(_OVERSEAS))}00{rng.randint(0, 9999):04d}"
    return f"{rng.choice(('06000', '07300'))}{rng.randint(0, 99999):05d}"


def _landline(rng: Random) -> str:
    return f"{rng.choice(_LANDLINES)}{rng.randint(0, 9999):04d}"


def _dirty_phone(rng: Random, clean: str) -> str:
    if not clean:
        return ""
    code = _OVERSEAS.get(clean[:4], "33")
    pairs = [clean[i : i + 2] for i in range(0, 10, 2)]
    kind = rng.random()
    for limit, written in (
        (0.45, clean),
        (0.70, clean[1:]),
        (0.80, " ".join(pairs)),
        (0.87, ".".join(pairs)),
        (0.95, f"+{code}{clean[1:]}"),
    ):
        if kind < limit:
            return written
    return f"00{code}{clean[1:]}"


def _dirty_email(rng: Random, clean: str) -> str:
    kind = rng.random()
    if not clean or kind < 0.45:
        return clean
    if kind < 0.75:
        return clean.upper()
    if kind < 0.90:
        return ".".join(part.capitalize() for part in clean.split("."))
    return rng.choice((f" {clean}", f"{clean} ", f" {clean.upper()} "))
