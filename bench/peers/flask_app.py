"""The peer most people write first: Flask, to be run by gunicorn with one sync worker."""

import os

import joblib
import numpy as np
from flask import Flask, jsonify, request

app = Flask(__name__)
model = joblib.load(os.environ["MODEL"])


@app.get("/ping")
def ping():
    return ""


@app.post("/invocations")
def invocations():
    rows = np.asarray(request.get_json()["instances"], dtype=np.float32)
    return jsonify(predictions=model.predict_proba(rows).tolist())
