"""The peer with validation: FastAPI and pydantic, to be run by uvicorn with uvloop and httptools.

The endpoint is `async`, so that no request waits for a thread: of the two ways the faster one.
"""

import os
from typing import Annotated

import joblib
import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel, Field

app = FastAPI()
model = joblib.load(os.environ["MODEL"])

Row = Annotated[list[float], Field(min_length=30, max_length=30)]


class Request(BaseModel):
    instances: Annotated[list[Row], Field(min_length=1)]


class Answer(BaseModel):
    predictions: list[list[float]]


@app.get("/ping")
async def ping():
    return {}


@app.post("/invocations")
async def invocations(request: Request) -> Answer:
    rows = np.asarray(request.instances, dtype=np.float32)
    return Answer(predictions=model.predict_proba(rows).tolist())
