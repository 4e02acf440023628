"""A publisher's script: declare, upload, check, complete; follow, acknowledge, close; or give it all up."""

import json
from base64 import b64encode
from dataclasses import dataclass
from typing import Any
from urllib.request import OpenerDirector, Request

SIRET, BRANCH = "22990000000011", "99"


@dataclass
class OslScript:
    base: str
    credential: tuple[str, str]
    opener: OpenerDirector
    token: str = ""

    def sign_in(self, scope: str = "OSL") -> None:
        basic = b64encode(":".join(self.credential).encode()).decode()
        form = f"grant_type=client_credentials&scope={scope}".encode()
        request = Request(
            f"{self.base}/oauth2/token", form, {"Authorization": f"Basic {basic}"}, method="POST"
        )
        with self.opener.open(request) as answer:
            self.token = json.load(answer)["access_token"]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if isinstance(body, bytes):
            headers["Content-Type"] = "application/octet-stream"
        raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        request = Request(f"{self.base}{path}", raw, headers, method=method)
        with self.opener.open(request) as answer:
            read = answer.read()
        return json.loads(read) if read else None

    def hub(self, method: str, path: str, body: Any = None) -> Any:
        return self.call(method, f"/teledossiers/v1{path}", body)

    def declare(self, process: str, number: str, files: dict[str, tuple[str, str, bytes]]) -> Any:
        """Declare a folder for one recipient; a file is (type, MIME type, bytes), by its name."""
        case = f"{number}-01"
        recipient = {"type": "SI", "companyRegister": SIRET, "branchCode": BRANCH}
        return self.hub(
            "POST",
            "/folders",
            {
                "processCode": process,
                "externalId": number,
                "applicant": {"firstName": "CNAF", "lastName": "CNAF"},
                "cases": [{"recipient": recipient, "externalId": case}],
                "attachments": [
                    {
                        "fileName": name,
                        "type": kind,
                        "size": len(body),
                        "mimeType": mime,
                        "recipients": [case],
                    }
                    for name, (kind, mime, body) in files.items()
                ],
            },
        )

    def upload(self, folder: Any, files: dict[str, tuple[str, str, bytes]]) -> None:
        ids = {file["fileName"]: file["id"] for file in folder["attachments"]}
        for name, (_, _, body) in files.items():
            self.hub("PUT", f"/folders/{folder['id']}/attachments/{ids[name]}", body)

    def send(self, process: str, number: str, files: dict[str, tuple[str, str, bytes]]) -> Any:
        folder = self.declare(process, number, files)
        self.upload(folder, files)
        checked = self.hub("GET", f"/folders/{folder['id']}")
        assert {file["status"] for file in checked["attachments"]} == {"RECEIVED"}
        self.hub("PATCH", f"/folders/{folder['id']}", {"globalStatus": "HUBEE_COMPLETED"})
        return self.hub("GET", f"/folders/{folder['id']}")

    def follow(self, process: str) -> list[str | None]:
        """Acknowledge what was said on our cases; return it."""
        heard = []
        for item in self.hub("GET", f"/notifications?maxResult=10000&processCode={process}"):
            if item["eventId"] is not None:
                place = f"/cases/{item['caseId']}/events/{item['eventId']}"
                event = self.hub("GET", place)
                if event["status"] == "SENT":
                    heard.append(event["caseNewStatus"])
                    self.hub("PATCH", place, {"status": "RECEIVED"})
            self.hub("DELETE", f"/notifications/{item['id']}")
        return heard

    def close(self, folder: Any) -> None:
        case_id = folder["cases"][0]["id"]
        self.hub("PATCH", f"/cases/{case_id}", {"status": "CLOSED"})
        said = {
            "actionType": "STATUS_UPDATE",
            "author": "OSL",
            "notification": True,
            "caseCurrentStatus": "DONE",
            "caseNewStatus": "CLOSED",
        }
        self.hub("POST", f"/cases/{case_id}/events", said)
        closed = {"globalStatus": "CLOSED", "closeDateTime": "2026-11-21T10:00:00+01:00"}
        self.hub("PATCH", f"/folders/{folder['id']}", closed)

    def reopen(self, folder: Any, files: dict[str, tuple[str, str, bytes]]) -> None:
        """Send more on a case that was finished."""
        case_id = folder["cases"][0]["id"]
        event = self.hub(
            "POST",
            f"/cases/{case_id}/events",
            {
                "actionType": "ATTACH_DEPOSIT",
                "author": "OSL",
                "notification": True,
                "caseCurrentStatus": "CLOSED",
                "caseNewStatus": "HUBEE_NOTIFIED",
                "attachments": [
                    {"fileName": name, "type": kind, "size": len(body), "mimeType": mime}
                    for name, (kind, mime, body) in files.items()
                ],
            },
        )
        place = f"/cases/{case_id}/events/{event['id']}"
        ids = {file["fileName"]: file["id"] for file in event["attachments"]}
        for name, (_, _, body) in files.items():
            self.hub("PUT", f"{place}/attachments/{ids[name]}", body)
        self.hub("PATCH", f"/cases/{case_id}", {"status": "HUBEE_NOTIFIED"})
        self.hub("PATCH", place, {"status": "SENT"})
        self.hub("PATCH", f"/folders/{folder['id']}", {"globalStatus": "HUBEE_NOTIFIED"})
