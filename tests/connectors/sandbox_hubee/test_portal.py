"""What the portal asks: everything of everybody, cases that change hands, files to forget."""

from tests.world.hubee import US
from tests.world.sides import ELSEWHERE, REF, V1, Sides, a_file, organisation, sentence

SOURCE, TARGET = organisation(), organisation(*ELSEWHERE)
MIGRATION = {"organizationSource": SOURCE, "organizationTarget": TARGET}
STRANGER = organisation("33333333333333", "1")


async def test_the_portal_may_do_each_side_s_part(sides: Sides) -> None:
    folder = await sides.declare(by=sides.portal)
    assert (await folder.upload())[0] == 204
    assert (await folder.settle())[0] == 204
    assert (await sides.publisher.get(folder.path))["globalStatus"] == "HUBEE_NOTIFIED"
    (item,) = await sides.portal.queue()
    assert await sides.portal.get(folder.download()) == b"body"
    assert await sides.portal.move(folder.case_id, "IN_PROGRESS") == 204
    _, said = await sides.portal.say(folder.case_id, "DONE")
    assert [n["eventId"] for n in await sides.publisher.queue()] == [said["id"]]
    event = f"{V1}/cases/{folder.case_id}/events/{said['id']}"
    assert (await sides.portal.ask("PATCH", event, json={"status": "RECEIVED"}))[0] == 204
    gone = await sides.portal.ask("DELETE", f"{V1}/notifications/{item['id']}")
    assert gone[0] == 204


async def test_datapass_reads_no_case(sides: Sides) -> None:
    folder = await sides.publish()
    for path in (f"{V1}/notifications", f"{V1}/cases/{folder.case_id}", folder.path):
        answer = await sides.datapass.ask("GET", path)
        assert (answer[0], sentence(answer[1])) == (403, "Unauthorized user")


async def test_a_publisher_sees_nothing_of_another_s(sides: Sides) -> None:
    folder = await sides.publish()
    other = await sides.enter(sides.sandbox.standing["osl-dila"], "OSL")
    for path in (folder.path, f"{V1}/cases/{folder.case_id}"):
        assert (await other.ask("GET", path))[0] == 403
    assert await other.queue() == []
    assert (await sides.ask_folder(by=other))[0] == 403


async def test_cases_that_migrate_take_what_waits_with_them(sides: Sides) -> None:
    there = await sides.subscriber(*ELSEWHERE)
    folders = [await sides.publish(), await sides.publish()]
    answer = await sides.us.ask("PUT", f"{V1}/cases/migrate", json=MIGRATION)
    assert answer == (200, {"caseUpdated": 2})
    assert (await sides.us.queue(), len(await there.queue())) == ([], 2)
    for folder in folders:
        assert (await sides.us.ask("GET", f"{V1}/cases/{folder.case_id}"))[0] == 403
        assert await there.get(folder.download()) == b"body"
    again = await sides.us.ask("PUT", f"{V1}/cases/migrate", json=MIGRATION)
    assert again == (200, {"caseUpdated": 0})


async def test_a_case_that_changed_hands_stays_answerable(sides: Sides) -> None:
    there = await sides.subscriber(*ELSEWHERE)
    folder = await sides.publish()
    _, ours = await sides.us.say(folder.case_id, "IN_PROGRESS")
    _, theirs = await sides.publisher.say(folder.case_id, None, actionType="SENDING_MESSAGE")
    await sides.us.ask("PUT", f"{V1}/cases/migrate", json=MIGRATION)
    path = f"{V1}/cases/{folder.case_id}/events"
    received = {"status": "RECEIVED"}
    assert (await there.ask("PATCH", f"{path}/{theirs['id']}", json=received))[0] == 204
    assert (await sides.publisher.ask("PATCH", f"{path}/{ours['id']}", json=received))[0] == 204
    assert {n["eventId"] for n in await there.queue()} == {None, ours["id"], theirs["id"]}


async def test_an_si_gives_away_what_is_its_own_and_no_more(sides: Sides) -> None:
    there = await sides.subscriber(*ELSEWHERE)
    other = await sides.subscriber(*US, "GRO")
    folder = await sides.publish()
    ways = ((there, MIGRATION, 403), (sides.publisher, MIGRATION, 403))
    unknown = MIGRATION | {"organizationTarget": STRANGER}
    for who, asked, status in (*ways, (sides.us, unknown, 404), (sides.portal, {}, 400)):
        assert (await who.ask("PUT", f"{V1}/cases/migrate", json=asked))[0] == status
    answer = await other.ask("PUT", f"{V1}/cases/migrate", json=MIGRATION)
    assert answer == (200, {"caseUpdated": 0})
    assert (await sides.us.ask("GET", f"{V1}/cases/{folder.case_id}"))[0] == 200
    answer = await sides.portal.ask("PUT", f"{V1}/cases/migrate", json=MIGRATION)
    assert answer == (200, {"caseUpdated": 1})


async def test_files_marked_for_deletion_are_listed_until_told_purged(sides: Sides) -> None:
    one, two = await sides.publish(), await sides.publish()
    stranger = await sides.subscriber(*ELSEWHERE)
    listing, told = f"{V1}/attachmentsIdsForPurge", f"{V1}/idsPurged"
    assert await sides.us.get(listing) == []
    await sides.us.move(one.case_id, "IN_PROGRESS")
    expected = [{"folder_attachment_id": one.files[0], "case_id": one.case_id}]
    for who in (sides.us, sides.publisher, sides.portal):
        assert await who.get(listing) == expected
    assert await stranger.get(listing) == []
    early = [{"folder_attachment_id": two.files[0], "case_id": two.case_id}]
    for who, ids, status in (
        (stranger, expected, 400),
        (sides.us, early, 400),
        (sides.us, expected, 204),
        (sides.us, expected, 204),
    ):
        assert (await who.ask("PUT", told, json=ids))[0] == status
    assert await sides.portal.get(listing) == []
    assert await sides.us.get(one.download()) == b"body"


async def test_two_branches_of_one_siret_know_nothing_of_each_other(sides: Sides) -> None:
    there = await sides.subscriber(*ELSEWHERE)
    folder = await sides.publish()
    assert (len(await sides.us.queue()), await there.queue()) == (1, [])
    assert (await there.ask("GET", f"{V1}/cases/{folder.case_id}"))[0] == 403
    (item,) = await sides.us.queue()
    assert (await there.ask("DELETE", f"{V1}/notifications/{item['id']}"))[0] == 403
    cases = [{"recipient": organisation(branch="97"), "externalId": "x"}]
    status, content = await sides.ask_folder(a_file(recipients=["x"]), cases=cases)
    assert (status, sentence(content)) == (400, f"Case recipient SI-{US[0]}-97 does not exist")
    assert (await sides.portal.ask("GET", f"{REF}/organizations/SI-{US[0]}-97"))[0] == 404
