"""Errors say who must act.

- `Refused`: the sender must act. The delivery is refused, the partner told, never retried.
- `Unavailable`: time must act. Nothing is lost; the clock tries again.
- `NotAuthorised`: an administrator must act. No grant in force, no release.
- anything else: we must act. The delivery is held as broken, the others go on.

A message says what and what to do. It never carries a value from a file: column, rule, count,
line numbers, never content.
"""

from schemas.codes import Code


class GatewayError(Exception):
    """Root of what the gateway raises on purpose."""


class Refused(GatewayError):
    """A verdict on a delivery, with its stable code."""

    def __init__(self, code: Code, detail: str = "") -> None:
        super().__init__(f"{code.value} {code.entry.label}" + (f" ({detail})" if detail else ""))
        self.code, self.detail = code, detail


class Unavailable(GatewayError):
    """Not now: a partner, a disk or a lock did not answer."""


class NotAuthorised(GatewayError):
    """No habilitation in force allows this."""


class Stopped(NotAuthorised):
    """It was authorised, and is not any more: nothing more of it leaves. Open again, it may leave."""


class CeilingReached(NotAuthorised):
    """Its habilitation lets no more rows leave today. Another day may."""


class Misconfigured(GatewayError):
    """A setting, key or permission an administrator must repair before we start."""


class Broken(GatewayError):
    """We must act. Says where and which kind of error; its message could have quoted a file."""

    def __init__(self, stage: str, kind: str) -> None:
        super().__init__(f"incident interne à l'étape {stage} ({kind})")
        self.stage, self.kind = stage, kind
