"""RDV-Solidarités and RDV-Insertion on loopback, as far as a feed meets them (rdv-insertion.md §3).

1. Their limits hold: 25 people a call, so many calls in a window, sessions of 24 hours.
2. Every row is judged as if it were a new person; one bad row refuses the batch and is named by its index.
3. A category left out is a 500, as in their version of July 2026.
4. People are recognised by NIR, internal id, e-mail or phone with the first name: sent twice, they are one.
5. Failures are ordered (`order`), one per call, before or after the batch was taken.
Nothing is kept on disk; whoever it is filled with is invented.
"""

import asyncio
import re
import secrets
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from aiohttp import web

LOOPBACK: Final = "127.0.0.1"
EMAIL: Final = re.compile(r"[A-Za-z0-9_%+-][A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}")
PHONE: Final = re.compile(r"(\+33|\+590|\+594|\+596|\+262|0)[1-9][0-9]{8}")
DATE: Final = re.compile(r"(0[1-9]|[12][0-9]|3[01])/(0[1-9]|1[0-2])/(19|20)([0-9]{2})")
SEXES: Final = {"monsieur": "2", "madame": "1"}  # how the NIR may not begin
WITHOUT_KEY, WITH_KEY = 13, 15
Person = Mapping[str, Any]


class Fault(StrEnum):
    """A failure of one call."""

    ERROR = "500, nothing taken"
    UNANSWERED = "the batch is taken, the connection cut"
    SLOW = "the batch is taken, the answer never comes"
    THROTTLED = "429, though we were within the limit"
    SIGNED_OUT = "every session ends"
    VAGUE = "422 without an index, as long as one row is bad"
    FORBIDDEN = "403"
    NONSENSE = "200, and no word that it was queued"


@dataclass(frozen=True, slots=True)
class Call:
    """One call to the bulk route: when, how it was answered (0: not at all), how many people."""

    at: float
    status: int
    rows: int


class RdvInsertionSandbox:
    """One organisation, one agent. `people` are those it holds; `taken` counts how often each was sent."""

    organisation = 4321
    email, password = "agent@cd.example.org", "mot de passe d'essai"
    category = "rsa_orientation"

    def __init__(
        self,
        *,
        calls: int = 5,
        window: float = 60.0,
        most: int = 25,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._limit, self._window, self._clock = most, calls, window, clock
        self._faults: deque[Fault | None] = deque()
        self._vague = False
        self._sessions: set[tuple[str, str, str]] = set()
        self._runner: web.AppRunner | None = None
        self._in_window: list[float] = []
        self.calls: list[Call] = []
        self.sign_ins = 0
        self.people: list[dict[str, Any]] = []
        self.taken: Counter[str] = Counter()

    async def start(self) -> str:
        """Listen on loopback; give the base URL."""
        app = web.Application()
        many = f"/api/v1/organisations/{self.organisation}/users/create_and_invite_many"
        app.router.add_post("/api/v1/auth/sign_in", self._sign_in)
        app.router.add_post(many, self._many)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, LOOPBACK, 0).start()
        return f"http://{LOOPBACK}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Close the doors."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def order(self, *faults: Fault | None) -> None:
        """Make the next calls fail so, in this order; None: not this one."""
        self._faults.extend(faults)

    def sign_out(self) -> None:
        """Every session ends: 24 hours have passed."""
        self._sessions.clear()

    async def _sign_in(self, request: web.Request) -> web.Response:
        self.sign_ins += 1
        said = await request.json()
        if (said.get("email"), said.get("password")) != (self.email, self.password):
            return web.json_response({"errors": ["Identifiants invalides"]}, status=401)
        opened = (secrets.token_hex(8), secrets.token_hex(4), self.email)
        self._sessions.add(opened)
        headers = dict(zip(("access-token", "client", "uid"), opened, strict=True))
        return web.json_response({"data": {"uid": self.email}}, headers=headers)

    async def _many(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        rows = body.get("users", [])
        answer = await self._answered(request, rows)
        status = 0 if answer is None else answer.status
        self.calls.append(Call(self._clock(), status, len(rows)))
        if answer is None:
            if request.transport is not None:
                request.transport.close()
            return web.Response()
        return answer

    async def _answered(self, request: web.Request, rows: list[Any]) -> web.Response | None:
        fault = self._faults.popleft() if self._faults else None
        before = self._refusal(fault)
        if before is not None:
            return before
        if not self._is_known(request):
            sentence = "Les identifiants de session RDV-Solidarités sont invalides"
            return web.json_response({"errors": [sentence]}, status=401)
        self._vague = self._vague or fault is Fault.VAGUE
        judged = self._judged(rows)
        if judged is not None:
            return judged
        self._vague = False
        for row in rows:
            self._upsert(row)
        if fault is Fault.UNANSWERED:
            return None
        if fault is Fault.SLOW:
            await asyncio.sleep(60)
        return web.json_response({"success": fault is not Fault.NONSENSE})

    def _refusal(self, fault: Fault | None) -> web.Response | None:
        now = self._clock()
        self._in_window = [at for at in self._in_window if now - at < self._window]
        if len(self._in_window) >= self._limit or fault is Fault.THROTTLED:
            oldest = self._in_window[0] if self._in_window else now
            return self._slow_down(max(1, int(oldest + self._window - now) + 1))
        self._in_window.append(now)
        if fault is Fault.ERROR:
            return web.json_response({"status": 500}, status=500)
        if fault is Fault.FORBIDDEN:
            return web.json_response({"errors": ["Accès interdit"]}, status=403)
        if fault is Fault.SIGNED_OUT:
            self.sign_out()
        return None

    def _slow_down(self, wait: int) -> web.Response:
        said = {"error": "Rate limit exceeded", "retry_after": wait, "message": "Réessayez"}
        told = {"X-RateLimit-Limit": str(self._limit), "X-RateLimit-Remaining": "0"}
        return web.json_response(said, status=429, headers={**told, "Retry-After": str(wait)})

    def _is_known(self, request: web.Request) -> bool:
        names = ("access-token", "client", "uid")
        access, client, uid = (request.headers.get(name, "") for name in names)
        return (access, client, uid) in self._sessions

    def _judged(self, rows: list[Any]) -> web.Response | None:
        """Why this batch is refused; None when it is taken."""
        if len(rows) > self._most:
            sentence = f"Les usagers doivent être envoyés par lots de {self._most} maximum"
            said: object = {"success": False, "errors": [{"error_details": sentence}]}
            return web.json_response(said, status=422)
        errors = [
            {"error_details": fault, "first_name": row.get("first_name"), "index": index}
            for index, row in enumerate(rows)
            if (fault := fault_of(row))
        ]
        if errors and self._vague:
            return web.json_response({"success": False, "errors": ["Erreur interne"]}, status=422)
        if errors:
            return web.json_response({"success": False, "errors": errors}, status=422)
        categories = [row.get("invitation", {}).get("motif_category") for row in rows]
        if any(category != {"short_name": self.category} for category in categories):
            return web.json_response({"status": 500}, status=500)
        return None

    def _upsert(self, row: Person) -> None:
        self.taken[self._name(row)] += 1
        known = next((one for one in self.people if _is_same(one, row)), None)
        if known is None:
            known = {}
            self.people.append(known)
        known.update({key: value for key, value in row.items() if value})

    def _name(self, row: Person) -> str:
        return str(row.get("department_internal_id") or row.get("nir") or row.get("email"))


def _is_same(one: Person, other: Person) -> bool:
    for key in ("nir", "department_internal_id"):
        if one.get(key) and one.get(key) == other.get(key):
            return True
    first = (str(row.get("first_name")).split(" ")[0].casefold() for row in (one, other))
    return len(set(first)) == 1 and any(
        one.get(key) and one.get(key) == other.get(key) for key in ("email", "phone_number")
    )


def fault_of(row: Person) -> str:
    """What their model says of a row taken for a new person; empty when it is well."""
    said = {key: str(value) for key, value in row.items()}
    for field, label in (("first_name", "Prénom"), ("last_name", "Nom")):
        if not said.get(field, "").strip():
            return f"{label} doit être rempli(e)"
    if said.get("title", "madame") not in SEXES:
        return "Civilité n'est pas inclus(e) dans la liste"
    if said.get("role", "conjoint") not in {"demandeur", "conjoint"}:
        return "Rôle n'est pas inclus(e) dans la liste"
    return _fault_of_contacts(said) or _fault_of_identity(said)


def _fault_of_contacts(said: Mapping[str, str]) -> str:
    if not any(said.get(key) for key in ("nir", "department_internal_id", "email", "phone_number")):
        return "Il doit y avoir au moins un attribut permettant d'identifier la personne"
    if said.get("email") and not EMAIL.fullmatch(said["email"]):
        return f"Email n'est pas valide ({said['email']})"  # they quote values: so does this
    if said.get("phone_number") and not PHONE.fullmatch(said["phone_number"].replace(" ", "")):
        return "Téléphone n'est pas valide"
    return ""


def _fault_of_identity(said: Mapping[str, str]) -> str:
    born = DATE.fullmatch(said.get("birth_date", ""))
    if said.get("birth_date") and born is None:
        return "Date de naissance n'est pas valide"
    nir = said.get("nir", "")
    if nir and not _is_nir(nir):
        return "NIR n'est pas valide"
    if nir and (nir[0] == SEXES.get(said.get("title", "")) or (born and nir[1:3] != born[4])):
        return "NIR ne correspond pas à l'identité"
    return ""


def _is_nir(nir: str) -> bool:
    number = nir[:WITHOUT_KEY].replace("2A", "19").replace("2B", "18")
    if len(nir) not in {WITHOUT_KEY, WITH_KEY} or not number.isdigit():
        return False
    return len(nir) == WITHOUT_KEY or nir[WITHOUT_KEY:] == f"{97 - int(number) % 97:02}"
