"""A département's script as its developer writes it in an afternoon: urllib, one loop, no care at all.

Both ways of moving a case are in use. `old`: PATCH the case, then POST an event that says from where to
where, and delete every notification. New: POST the event alone, and leave an acknowledged notification
to come back once more, marked RECEIVED.
"""

import json
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import OpenerDirector, Request

MOST_ROUNDS = 50


@dataclass
class SiScript:
    token_url: str
    api_url: str  # with its last slash
    credential: tuple[str, str]
    downloads: Path
    opener: OpenerDirector
    old: bool = False
    token: str = ""

    def call(self, method: str, path: str, body: Any = None) -> bytes:
        headers = {
            "Authorization": f"Bearer {self.token}",
            "editorName": "SI_XYZ",
            "applicationName": "script",
            "softwareVersion": "1.0.1",
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        raw = None if body is None else json.dumps(body).encode()
        url = f"{self.api_url}teledossiers/v1/{path}"
        with self.opener.open(Request(url, raw, headers, method=method)) as answer:
            read: bytes = answer.read()
        return read

    def sign_in(self) -> None:
        basic = b64encode(":".join(self.credential).encode()).decode()
        request = Request(
            self.token_url,
            b"scope=SI&grant_type=client_credentials",
            {"Authorization": f"Basic {basic}"},
        )
        with self.opener.open(request) as answer:
            self.token = json.load(answer)["access_token"]

    def run(self) -> int:
        """Empty the queue; return how many notifications were met."""
        met, details = 0, "" if self.old else "eventDetails=true&"
        for _ in range(MOST_ROUNDS):
            self.sign_in()
            batch = json.loads(self.call("GET", f"notifications?{details}maxResult=25"))
            if not batch:
                return met
            for item in batch:
                self.treat(item)
            met += len(batch)
        raise AssertionError("the queue never empties")

    def treat(self, item: dict[str, Any]) -> None:
        case_id, event_id = item["caseId"], item["eventId"]
        if event_id is None:
            self.take(case_id, f"cases/{case_id}")
            self.call("DELETE", f"notifications/{item['id']}")
        elif not self.old and item["eventStatus"] == "RECEIVED":
            self.call("DELETE", f"notifications/{item['id']}")
        else:
            event = json.loads(self.call("GET", f"cases/{case_id}/events/{event_id}"))
            if event["status"] == "SENT":
                if event["actionType"] == "ATTACH_DEPOSIT":
                    self.take(case_id, f"cases/{case_id}/events/{event_id}")
                self.call("PATCH", f"cases/{case_id}/events/{event_id}", {"status": "RECEIVED"})
            if self.old:
                self.call("DELETE", f"notifications/{item['id']}")

    def take(self, case_id: str, place: str) -> None:
        """Download everything there is at this place, then say so twice."""
        case = json.loads(self.call("GET", f"cases/{case_id}"))
        for file in json.loads(self.call("GET", place))["attachments"]:
            body = self.call("GET", f"{place}/attachments/{file['id']}")
            into = self.downloads / case["externalId"] / file["fileName"]
            into.parent.mkdir(parents=True, exist_ok=True)
            into.write_bytes(body)
        for was, becomes in (("HUBEE_NOTIFIED", "IN_PROGRESS"), ("IN_PROGRESS", "DONE")):
            self.move(case_id, was, becomes)

    def move(self, case_id: str, was: str, becomes: str) -> None:
        said = {
            "message": f"passage du télédossier à {becomes}",
            "actionType": "STATUS_UPDATE",
            "author": "me",
            "notification": True,
            "caseNewStatus": becomes,
        }
        if self.old:
            self.call("PATCH", f"cases/{case_id}", {"status": becomes})
            said["caseCurrentStatus"] = was
        self.call("POST", f"cases/{case_id}/events", said)
