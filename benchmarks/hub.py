"""`python -m benchmarks.hub STATE FILE...`: a HubEE of its own process, one case for each file.

Says where it is on one line of JSON. Then, for each line it reads, the next download announces a false
digest; it leaves when there is nothing more to read.
"""

import asyncio
import json
import sys
from pathlib import Path

from connectors.sandbox.hubee import Fault, HubeeSandbox

US, PROCESS, KIND = ("22990000000011", "99"), "ContactsAllocataires-BRSA", "coordonnees-allocataire"


async def stand(state: Path, files: list[Path]) -> None:
    hub = HubeeSandbox(state, seed=1)
    base = await hub.start()
    client_id, secret = hub.subscribe(*US, PROCESS)
    for number, file in enumerate(files):
        one = (file.name, KIND, "text/plain", file)
        hub.publish(PROCESS, US, [one], f"CNAF-ALLOC-{number:013}")
    print(json.dumps({"base": base, "client_id": client_id, "secret": secret}), flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        hub.faults.order("case.download", Fault.WRONG_DIGEST)
        print("ordered", flush=True)
    await hub.stop()


if __name__ == "__main__":
    asyncio.run(stand(Path(sys.argv[1]), [Path(file) for file in sys.argv[2:]]))
