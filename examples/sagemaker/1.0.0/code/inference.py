"""As SageMaker's container for scikit-learn takes it: nothing here knows of Sluice."""

import json
import os

import joblib
import numpy as np


def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.joblib"))


def input_fn(request_body, request_content_type):
    if request_content_type != "application/json":
        raise ValueError(f"Unsupported content type: {request_content_type}")
    return np.array(json.loads(request_body)["instances"])


def predict_fn(input_data, model):
    return model.predict_proba(input_data)


def output_fn(prediction, accept):
    return json.dumps({"predictions": prediction.tolist()}), accept
