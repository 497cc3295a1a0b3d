"""What becomes of pings that come before the model is there. Prints JSON: the status of each answer, None where there is none yet.

Usage: pings.py TEMPLATE
"""

import asyncio
import json
import sys

sys.path.insert(0, sys.argv[1])
from sluice_serving.application import Application  # noqa: E402


async def ping(application: Application, statuses: list) -> None:
    async def send(message: dict) -> None:
        statuses.extend([message["status"]] if "status" in message else [])

    await application({"type": "http", "method": "GET", "path": "/ping", "headers": []}, None, send)


async def told() -> dict:
    statuses: dict = {"in_image": [], "waits": [], "waited_in_vain": [], "after": []}
    await ping(Application(), statuses["in_image"])
    await ping(Application(0.001), statuses["waited_in_vain"])
    application = Application(600)
    waiting = [asyncio.ensure_future(ping(application, statuses["waits"])) for _ in range(2)]
    await asyncio.sleep(0)
    before = list(statuses["waits"])
    application.serve_with(object())
    await asyncio.gather(*waiting)
    await ping(application, statuses["after"])
    return {"before": before, **statuses}


print(json.dumps(asyncio.run(told())))
