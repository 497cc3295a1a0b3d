"""The HTTP of the server, as a bare ASGI application: /ping and /invocations."""

from __future__ import annotations

import asyncio

from .batching import Batching
from .json_text import NotJson, json_of, value_of

JSON = b"application/json"
NDJSON = b"application/x-ndjson"


class CallerGone(Exception):
    """The caller left before its request was complete."""


class Application:
    """Answers 503 to a ping until it is given its model."""

    def __init__(self, ping_waits_seconds: float = 0) -> None:
        """@param ping_waits_seconds a ping that comes too early is answered as soon as the model is there, and after this at the latest"""
        self.batching: Batching | None = None
        self._ping_waits_seconds = ping_waits_seconds
        self._pings: list = []

    def serve_with(self, batching: Batching) -> None:
        self.batching = batching
        for ping in self._pings:
            ping.set_result(None)

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            return
        asked = (scope["method"], scope["path"])
        try:
            if asked == ("POST", "/invocations"):
                await self._invoke(scope, receive, send)
            elif asked == ("GET", "/ping"):
                await self._waited()
                await respond(send, 503 if self.batching is None else 200, b"{}")
            else:
                await respond(send, 404, json_of({"error": "there is nothing at this path"}))
        except CallerGone:
            pass

    async def _waited(self) -> None:
        if self.batching is None and self._ping_waits_seconds > 0:
            ready = asyncio.get_running_loop().create_future()
            self._pings.append(ready)
            await asyncio.wait([ready], timeout=self._ping_waits_seconds)

    async def _invoke(self, scope, receive, send) -> None:
        body = await body_of(receive)
        if self.batching is None:
            return await respond(send, 503, json_of({"error": "the model is not loaded yet"}))
        content_type = next((value for name, value in scope["headers"] if name == b"content-type"), JSON)
        if content_type.split(b";")[0].strip().lower() == NDJSON:
            lines = [line for line in body.split(b"\n") if line.strip()]
            answers = await self._answers(lines)
            return await respond(send, 200, b"".join(text_of(answer) + b"\n" for answer in answers), NDJSON)
        (answer,) = await self._answers([body])
        text = text_of(answer)
        await respond(send, answer.pop("status", 200), text)

    async def _answers(self, texts: list) -> list:
        """The answer to each canonical request, {"predictions"} or {"error", "status"}."""
        answers: list = []
        requests = []
        for text in texts:
            try:
                requests.append(inputs_of(value_of(text)))
                answers.append(None)
            except NotJson as error:
                answers.append({"error": str(error), "status": 400})
        predicted = iter(await self.batching.answers(requests) if requests else ())
        return [next(predicted) if answer is None else answer for answer in answers]


def inputs_of(request: object) -> object:
    return request.get("inputs") if isinstance(request, dict) else None


def text_of(answer: dict) -> bytes:
    """The answer as JSON; a text that is no Unicode turns it into an error."""
    try:
        return json_of(answer)
    except (TypeError, ValueError):
        answer.clear()
        answer.update(error="the model's answer does not fit: it holds a text that is no Unicode", status=500)
        return json_of(answer)


async def body_of(receive) -> bytes:
    chunks = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise CallerGone
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def respond(send, status: int, body: bytes, content_type: bytes = JSON) -> None:
    headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
