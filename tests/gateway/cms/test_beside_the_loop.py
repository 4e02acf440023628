"""Opening a large message leaves the event loop its turns."""

import asyncio

from tests.world.cms import CBC, Desk, Signer, Us, encrypts

SIZE = 24_000_000
FEWEST_BEATS = 10


async def test_the_loop_goes_on_while_a_message_is_opened(desk: Desk, us: Us, pe: Signer) -> None:
    message = encrypts(pe.signs(bytes(SIZE)), us.file, CBC)
    desk.limit = SIZE
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.001)
            beats += 1

    heart = asyncio.create_task(beat())
    opened = await asyncio.to_thread(desk.opens, message)
    heart.cancel()
    assert len(opened) == SIZE
    assert beats >= FEWEST_BEATS
