"""Predict together what waits, without waiting for more.

One thread predicts. While it is at work requests gather; then it takes all of them, up to a bound, predicts once and
gives every request its own part. A request that comes alone is predicted alone, and at once.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import deque
from dataclasses import dataclass

from .input_columns import layout_of, put_together
from .output_columns import WrongAnswer
from .reasons import BadRequest

MOST_RECORDS = 1024
"""Of one batch. A single request with more is predicted by itself."""


@dataclass(eq=False)
class Item:
    """One canonical request that waits for its answer: {"predictions"} or {"error", "status"}."""

    inputs: object
    answered: asyncio.Future
    columns: dict | None = None
    records: int = 0
    answer: dict | None = None


class Batching:
    """The thread that predicts. `together` false predicts item by item, which is of use for measuring only."""

    def __init__(self, predictor, loop: asyncio.AbstractEventLoop, together: bool = True) -> None:
        self._predictor = predictor
        self._loop = loop
        self._most_records = MOST_RECORDS if together else 0
        self._arrived: queue.SimpleQueue = queue.SimpleQueue()
        self._waiting: deque = deque()
        threading.Thread(target=self._work, name="predict", daemon=True).start()

    async def answers(self, requests: list) -> list:
        """The answers to requests, in their order."""
        items = [Item(inputs, self._loop.create_future()) for inputs in requests]
        self._arrived.put(items)
        for item in items:
            await item.answered
        return [item.answer for item in items]

    def _work(self) -> None:
        while True:
            batch = self._next_batch()
            self._answer(batch)
            self._loop.call_soon_threadsafe(settle, batch)

    def _next_batch(self) -> list:
        """All that waits, up to the bound; waits itself only where nothing does."""
        if not self._waiting:
            self._take(self._arrived.get())
        while not self._arrived.empty():
            self._take(self._arrived.get())
        batch = [self._waiting.popleft()]
        records = batch[0].records
        while self._waiting and records + self._waiting[0].records <= self._most_records:
            records += self._waiting[0].records
            batch.append(self._waiting.popleft())
        return batch

    def _take(self, items: list) -> None:
        for item in items:
            try:
                item.columns, item.records = self._predictor.read(item.inputs)
            except BadRequest as error:
                item.answer = {"error": str(error), "status": 400}
            except BaseException as error:  # Whatever it is, this thread goes on.
                item.answer = {"error": self._predictor.reason_of(error), "status": 500}
            item.inputs = None
            self._waiting.append(item)

    def _answer(self, batch: list) -> None:
        layouts: dict = {}
        for item in batch:
            if item.answer is None and item.records == 0:
                item.answer = {"predictions": []}
            if item.answer is None:
                layouts.setdefault(layout_of(item.columns), []).append(item)
        for items in layouts.values():
            if len(items) == 1 or not self._predict_together(items):
                for item in items:
                    self._predict_alone(item)

    def _predict_together(self, items: list) -> bool:
        """@returns false where it failed: one of them may have spoilt it for all"""
        try:
            columns = put_together([item.columns for item in items])
            predictions = self._predictor.predict(columns, sum(item.records for item in items))
        except BaseException:
            return False
        at = 0
        for item in items:
            item.answer = {"predictions": predictions[at : at + item.records]}
            at += item.records
        return True

    def _predict_alone(self, item: Item) -> None:
        try:
            item.answer = {"predictions": self._predictor.predict(item.columns, item.records)}
        except BadRequest as error:
            item.answer = {"error": str(error), "status": 400}
        except WrongAnswer as error:
            item.answer = {"error": f"the model's answer does not fit: {error}", "status": 500}
        except BaseException as error:  # Also a sys.exit() of user code is only that request's.
            item.answer = {"error": self._predictor.reason_of(error), "status": 500}


def settle(batch: list) -> None:
    for item in batch:
        if not item.answered.done():
            item.answered.set_result(None)
