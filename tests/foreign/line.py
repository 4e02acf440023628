"""A bare connection to the hub: what a client really writes, byte by byte."""

import asyncio
from dataclasses import dataclass

PROCESS = "CERTDC"


@dataclass
class Line:
    """A bare connection: nothing is added to what the test writes, but the token."""

    port: int
    token: str

    async def send(self, raw: bytes) -> tuple[int, dict[str, str], bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(raw)
        read = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        head, _, body = read.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (li.partition(": ") for li in lines)}
        return int(first.split()[1]), headers, body

    async def ask(
        self, method: str, path: str, *headers: str, body: bytes = b"", version: str = "1.1"
    ) -> tuple[int, dict[str, str], bytes]:
        lines = [f"{method} {path} HTTP/{version}", "Host: hub", "Connection: close", *headers]
        if not any(line.lower().startswith("authorization") for line in headers):
            lines.append(f"Authorization: Bearer {self.token}")
        sized = ("content-length", "transfer-encoding")
        if body and not any(line.lower().startswith(sized) for line in headers):
            lines.append(f"Content-Length: {len(body)}")
        return await self.send("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
