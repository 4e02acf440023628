"""From our milestones to the states of a delivery: what is still to be said, and in what order.

States are per delivery, not per file, and PROCESSING lets the hub erase ALL its files.

1. Nothing is said until every file offered was acknowledged: received whole, refused or unreadable.
   Then PROCESSING, if any was received; the final state once every file has one.
2. The final state is the worst: UNREADABLE is FAILED, else REFUSED, else DONE.
3. Never backwards: a state is said only of a delivery that stands lower. The first final one stays.
4. Never twice: a word of ours that counts already said it. A word counts until the sender reopens
   the delivery: by saying so; or, after our final word or silently back to its start, by an item of
   our queue later than that word. Where dates are missing, the mark we left decides.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from connectors.contract import Milestone, Notice, Snag
from connectors.errors import ConnectorError, Missing, Unreachable
from connectors.hubee.answers import NotOurs, Rejected, Unreadable
from connectors.hubee.hub import HubDelivery, HubFile, Item, Saying, State, Told

MARK = "passerelle:"
LONGEST_MESSAGE = 1000
# How far a delivery has gone. A state invented since ranks lowest: our word is still owed.
RANK: Mapping[State, int] = {
    State.UNKNOWN: 0, State.DRAFT: 0, State.NEW: 0,
    State.RECEIVED: 1, State.PROCESSING: 2, State.WAITING: 3,
    State.DONE: 4, State.REFUSED: 4, State.FAILED: 4, State.CLOSED: 5,
}  # fmt: skip
START = frozenset({State.DRAFT, State.NEW})
FINAL: Mapping[Milestone, State] = {  # worst first
    Milestone.UNREADABLE: State.FAILED,
    Milestone.REFUSED: State.REFUSED,
    Milestone.INTEGRATED: State.DONE,
}
Heard = Mapping[Milestone, Notice]


def rank(state: State) -> int:
    """How far a state is from the start."""
    return RANK[state]


def snag_of(error: ConnectorError) -> Snag | None:
    """Why one thing is parked after this error; None if the error is not about that thing alone."""
    kinds: tuple[tuple[type[ConnectorError], Snag], ...] = (
        (NotOurs, Snag.NOT_OURS),
        (Rejected, Snag.REFUSED),
        (Missing, Snag.GONE),
        (Unreadable, Snag.UNREADABLE),
        (Unreachable, Snag.SILENT),
    )
    return next((snag for kind, snag in kinds if isinstance(error, kind)), None)


def verdict(heard: Heard) -> Milestone | None:
    """The final word on one file, the worst of those heard."""
    return next((milestone for milestone in FINAL if milestone in heard), None)


def wanted(files: Sequence[HubFile], heard: Mapping[str, Heard]) -> Iterator[tuple[State, str]]:
    """What these files together have to say, in order."""
    notices = [(file, heard.get(file.key, {})) for file in files]
    if not notices or any(Milestone.RECEIVED not in h and verdict(h) is None for _, h in notices):
        return
    received = [(f, n) for f, h in notices if (n := _received(h)) is not None]
    if received:
        yield State.PROCESSING, joined(received)
    finals = [(f, h[end]) for f, h in notices if (end := verdict(h)) is not None]
    if len(finals) == len(notices):
        finals.sort(key=lambda said: list(FINAL).index(said[1].milestone))
        yield FINAL[finals[0][1].milestone], joined(finals)


def _received(heard: Heard) -> Notice | None:
    return heard.get(Milestone.RECEIVED) or heard.get(Milestone.INTEGRATED)


def joined(said: Sequence[tuple[HubFile, Notice]]) -> str:
    """What the sender reads of several files, each by its type, within the hub's length."""
    if len(said) == 1:
        return message_of(said[0][1])[:LONGEST_MESSAGE]
    lines: dict[str, int] = {}
    for file, notice in said:
        line = f"{file.kind} : {message_of(notice)}"
        lines[line] = lines.get(line, 0) + 1
    whole = [line if count == 1 else f"{line} (x{count})" for line, count in lines.items()]
    share = (LONGEST_MESSAGE + 1) // len(whole) - 1
    text = "\n".join(whole)
    if len(text) > LONGEST_MESSAGE:
        text = "\n".join(line if len(line) <= share else line[: share - 1] + "…" for line in whole)
    return text[:LONGEST_MESSAGE]


def message_of(notice: Notice) -> str:
    """Our code, then our sentence."""
    if notice.code and notice.code not in notice.message:
        return f"{notice.code} : {notice.message}"
    return notice.message


def owed(
    delivery: HubDelivery,
    items: Sequence[Item],
    saying: Sequence[tuple[State, str]],
    *,
    by_patch: bool = False,
) -> Iterator[tuple[State, str]]:
    """Each of these words still to be said, in order.

    `by_patch`: the delivery is moved before it is said so; a move without its word is still owed.
    """
    words, reopened = counting(delivery, items)
    told = max((rank(word.state) for word in words if word.state), default=0)
    stands = told if reopened else max(told, rank(delivery.state))
    for state, message in saying:
        unsaid = by_patch and state is delivery.state
        if rank(state) > told and (rank(state) > stands or unsaid):
            told = stands = rank(state)
            yield state, message


def counting(delivery: HubDelivery, items: Sequence[Item]) -> tuple[list[Told], bool]:
    """Our words that still count, and whether an item of the queue reopened the delivery."""
    words: list[Told] = []
    for told in delivery.history:
        if told.ours and told.state:
            words.append(told)
        elif told.state in START:
            words.clear()
    back = delivery.state in START
    before = [
        i
        for i, word in enumerate(words)
        if (back or rank(word.state or State.UNKNOWN) >= rank(State.DONE))
        and _precedes(word, delivery, items)
    ]
    if before:
        return words[before[-1] + 1 :], True
    return words, not words and any(item.saying is Saying.DEPOSIT for item in items)


def taken_back(delivery: HubDelivery) -> set[State]:
    """What we said and must say again, for the sender reopened the delivery since."""
    before, after = set[State](), set[State]()
    for told in delivery.history:
        if told.ours and told.state:
            after.add(told.state)
        elif told.state in START:
            before, after = before | after, set()
    return before - after


def _precedes(word: Told, delivery: HubDelivery, items: Sequence[Item]) -> bool:
    """Whether we said this before the newest of these items came."""
    newest = max((item.at for item in items if item.at), default=None)
    if word.at and newest and word.at != newest:
        return word.at < newest
    if not word.mark or not items or word.state is None:
        return False
    return word.mark not in {mark_of(delivery.id, item, word.state) for item in items}


def mark_of(delivery: str, item: Item, state: State) -> str:
    """What we write beside our own word, to know it again."""
    digest = sha256(f"{delivery}\0{item.event or item.id}\0{state}".encode())
    return MARK + digest.hexdigest()[:16]
