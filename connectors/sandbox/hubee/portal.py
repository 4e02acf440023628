"""What the portal asks for its users: cases that change hands, and files it must forget with the hub."""

from dataclasses import dataclass

import msgspec
from msgspec import Struct

from connectors.sandbox.hubee.access import Caller
from connectors.sandbox.hubee.answers import bad, forbidden
from connectors.sandbox.hubee.purge import marked
from connectors.sandbox.hubee.records import Case, FileStatus, Organisation, files_of
from connectors.sandbox.hubee.referential import organisation
from connectors.sandbox.hubee.store import Store


class Migration(Struct, rename="camel"):
    """The body of `PUT /cases/migrate`."""

    organization_source: Organisation
    organization_target: Organisation


class ToPurge(Struct):
    """A file of a folder, as one case has it."""

    folder_attachment_id: str
    case_id: str


@dataclass(frozen=True, slots=True)
class Portal:
    """The hub, as the portal uses it. An SI may do the same with what is its own."""

    store: Store

    def _seen(self, caller: Caller) -> list[Case]:
        world = self.store.world
        return [c for c in world.cases.values() if caller.sees(c, world.folders[c.folder].osl)]

    def migrate(self, caller: Caller, asked: Migration) -> int:
        """Give the cases of one organisation to another, and what waits for it about them.

        An SI gives away its own, those of its démarche only.
        """
        source, target = asked.organization_source, asked.organization_target
        organisation(self.store, str(source))
        organisation(self.store, str(target))
        if not caller.is_portal and caller.organisation != source:
            raise forbidden()
        cases = [c for c in self._seen(caller) if c.recipient == source]
        moved = {c.id for c in cases}
        queued = list(self.store.world.notifications.among(source))
        with self.store.change(*cases) as world:
            for case in cases:
                case.recipient, case.update_date_time = target, self.store.now()
            for item in (n for n in queued if n.case_id in moved):
                world.notifications[item.id] = msgspec.structs.replace(item, recipient=target)
        return len(cases)

    def to_purge(self, caller: Caller) -> list[ToPurge]:
        """Return the files marked for deletion, once per case, until told they were purged."""
        return [
            ToPurge(file.id, case.id)
            for case in self._seen(caller)
            if marked(case, self.store.world.processes[case.process_code]) is not None
            for file in files_of(self.store.world.folders[case.folder], case)
            if file.status in {FileStatus.RECEIVED, FileStatus.DELETED}
            and file.id not in case.purged
        ]

    def purged(self, caller: Caller, told: list[ToPurge]) -> None:
        """Note that these were purged on the other side; the hub's own file keeps its own clock."""
        asked = {(one.case_id, one.folder_attachment_id) for one in told}
        known = {(one.case_id, one.folder_attachment_id) for one in self.to_purge(caller)}
        cases = {c.id: c for c in self._seen(caller)}
        already = {(c.id, f) for c in cases.values() for f in c.purged}
        if not asked <= known | already:
            raise bad("Bad request")
        fresh = sorted(asked - already)
        with self.store.change(*(cases[case_id] for case_id, _ in fresh)):
            for case_id, file_id in fresh:
                cases[case_id].purged.append(file_id)
