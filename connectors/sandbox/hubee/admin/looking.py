"""What `/_sandbox/` shows. No token, no file name, no content."""

from aiohttp import web

from connectors.sandbox.hubee.admin.asking import desk_of, number_of, plain, said
from connectors.sandbox.hubee.clock import stamp
from connectors.sandbox.hubee.faults import FAULTS, applies
from connectors.sandbox.hubee.sight import CredentialSeen
from connectors.sandbox.hubee.web import ROUTES


def shown(credential: CredentialSeen) -> dict[str, object]:
    """Return a credential as JSON."""
    organisation = credential.caller.organisation
    return {
        "scope": credential.caller.scope.value,
        "client_id": credential.client_id,
        "client_secret": credential.client_secret,
        "process_code": credential.caller.process_code,
        "organisation": {
            "type": organisation.type,
            "companyRegister": organisation.company_register,
            "branchCode": organisation.branch_code,
        },
    }


async def state(request: web.Request) -> web.Response:
    """`GET /_sandbox/state`."""
    sandbox = desk_of(request).sandbox
    seen = sandbox.state()
    return said(
        {
            "now": stamp(sandbox.now()),
            "requests": sandbox.journal.count,
            "cases": [plain(case) for case in seen.cases.values()],
            "notifications": [
                {"recipient": str(who), "case": case, "count": many}
                for (who, case), many in seen.waiting.items()
            ],
            "waiting_for_recipients": seen.waiting_for_recipients(),
            "faults": len(sandbox.faults.waiting()),
        }
    )


async def access(request: web.Request) -> web.Response:
    """`GET /_sandbox/credentials`."""
    return said([shown(one) for one in desk_of(request).sandbox.credentials()])


async def requests(request: web.Request) -> web.Response:
    """`GET /_sandbox/requests`."""
    journal = desk_of(request).sandbox.journal
    lines = journal.lines(number_of(request, "since"))
    return said({"count": journal.count, "requests": [plain(line) for line in lines]})


async def clock(request: web.Request) -> web.Response:
    """`GET /_sandbox/clock`."""
    return said({"now": stamp(desk_of(request).sandbox.now())})


async def faults(request: web.Request) -> web.Response:
    """`GET /_sandbox/faults`."""
    return said([plain(order) for order in desk_of(request).sandbox.faults.waiting()])


async def catalogue(_request: web.Request) -> web.Response:
    """`GET /_sandbox/faults/catalogue`."""
    return said(
        [
            {
                "fault": fault.value,
                "description": kind.says,
                "lasting": kind.lasting,
                "times": None if kind.lasting else kind.times,
                "routes": [route for route in ROUTES if applies(fault, route)],
            }
            for fault, kind in FAULTS.items()
        ]
    )
