"""People who write without pause, over HTTP, and remember what was acknowledged."""

import http.client
import json
import random
import re
import threading
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.people import PASSWORD

ANSWERED = "I turned it off and on again, and the marker of this answer is"


@dataclass
class Acknowledged:
    """What the product said it has done."""

    questions: dict[int, str] = field(default_factory=dict)
    """Id and the word that only this question holds."""
    answers: dict[str, int] = field(default_factory=dict)
    """The word that only this answer holds, and its question."""
    votes: set[tuple[str, int]] = field(default_factory=set)
    """(voter's mail address, question)"""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self) -> int:
        """How many acts were acknowledged."""
        return len(self.questions) + len(self.answers) + len(self.votes)


class Writer(threading.Thread):
    """One person at one browser, until `stop` is set."""

    def __init__(self, email: str, port: int, done: Acknowledged, stop: threading.Event, seed: int) -> None:
        super().__init__(name=f"writer-{email}", daemon=True)
        self._email = email
        self._port = port
        self._done = done
        self._halt = stop
        self._random = random.Random(seed)
        self._cookie = ""
        self._count = 0
        self.refused: list[str] = []
        """Answers of the product that are neither success nor a refusal one may expect in a storm."""

    def run(self) -> None:
        while not self._halt.is_set():
            try:
                if not self._cookie:
                    self._sign_in()
                self._act()
            except (OSError, http.client.HTTPException):
                continue  # the server was killed under us; whether it was done is unknown, and nobody was told

    def _act(self) -> None:
        self._count += 1
        word = f"w{self._email.split('@')[0]}{self._count}x"
        with self._done.lock:
            known = list(self._done.questions)
        choice = self._random.random()
        if choice < 0.3 or not known:
            status, location = self._post(
                "/questions", title=f"Where does {word} come from in the night", body=f"It comes and goes, {word}."
            )
            if status == 303:
                with self._done.lock:
                    self._done.questions[int(re.findall(r"/questions/(\d+)", location)[0])] = word
        elif choice < 0.7:
            question = self._random.choice(known)
            status, _ = self._post(f"/questions/{question}/answers", body=f"{ANSWERED} {word}.")
            if status == 303:
                with self._done.lock:
                    self._done.answers[word] = question
        else:
            question = self._random.choice(known)
            status, _ = self._post(f"/questions/{question}/vote", value="1")
            if status == 303:
                with self._done.lock:
                    self._done.votes.add((self._email, question))
        if status not in (303, 403, 429):
            self.refused.append(f"{status} {location if choice < 0.3 else ''}")

    def _sign_in(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        body = urlencode({"email": self._email, "password": PASSWORD})
        connection.request("POST", "/sign-in", body, _HEADERS)
        response = connection.getresponse()
        response.read()
        self._cookie = (response.headers.get("Set-Cookie") or "").partition(";")[0]
        connection.close()

    def _post(self, path: str, **fields: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            connection.request("POST", path, urlencode(fields), {**_HEADERS, "Cookie": self._cookie})
            response = connection.getresponse()
            text = response.read()
            status, location = response.status, response.headers.get("Location", "")
        finally:
            connection.close()
        if status >= 500:
            location = json.dumps(text.decode(errors="replace")[-400:])
        return status, location


_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
