"""Folders as SageMaker's archives hold them, with the answers that its own inference toolkit gives to the same scripts.

Prints one JSON object by name: {"rows", "expected"}. Run: python scripts.py FOLDER
"""

import contextlib
import importlib
import io
import json
import os
import sys

import joblib
import numpy as np
import pandas as pd
from sagemaker_inference.default_inference_handler import DefaultInferenceHandler
from sagemaker_inference.transformer import Transformer
from sklearn import datasets, ensemble, linear_model
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

MODEL_FN = """import os
import joblib

def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.joblib"))
"""
SCRIPTS = {
    "bare": MODEL_FN,
    "instances": MODEL_FN
    + """
import json
import numpy as np

def input_fn(request_body, request_content_type):
    if request_content_type == "application/json":
        return np.array(json.loads(request_body)["instances"])
    raise ValueError(f"Unsupported content type: {request_content_type}")

def predict_fn(input_data, model):
    if input_data[0][0] == 666:
        raise KeyError("tenure")
    print("predicting", len(input_data))
    return model.predict_proba(input_data)

def output_fn(prediction, accept):
    return json.dumps({"predictions": prediction.tolist()}), accept
""",
    "csv": MODEL_FN
    + """
from io import StringIO
import pandas as pd

def input_fn(body, content_type):
    assert content_type == "text/csv" and isinstance(body, str)
    return pd.read_csv(StringIO(body), header=None).to_numpy()

def predict_fn(data, model):
    return model.predict_proba(data)

def output_fn(prediction, accept):
    return "\\n".join(",".join(map(repr, row)) for row in prediction.tolist())
""",
    "decoded": MODEL_FN
    + """
from sagemaker_inference import decoder, encoder

def input_fn(body, content_type):
    return decoder.decode(body, content_type)

def predict_fn(data, model):
    return model.predict_proba(data)[:, 1]

def output_fn(prediction, accept):
    return encoder.encode(prediction, "application/x-npy"), "application/x-npy"
""",
    "whole": MODEL_FN.replace("(model_dir):", "(model_dir, context):\n    assert context is not None")
    + """
import json

def transform_fn(model, body, content_type, accept, context):
    assert context.system_properties["model_dir"]
    payload = json.loads(body)
    rows = payload.get("data")
    return {"label": model.predict(rows).tolist(), "probabilities": model.predict_proba(rows).tolist()}
""",
    "warm": MODEL_FN.replace("joblib.load", "here.load")
    + """
import here

def pre_model_fn(model_dir):
    here.told.append("before")

def model_warmup_fn(model_dir, model):
    here.told.append(type(model).__name__)

def predict_fn(data, model):
    assert here.told == ["before", "RandomForestClassifier"]
    return model.predict(data)
""",
}
TABLE = {
    "table": MODEL_FN
    + """
import json
import pandas as pd

def input_fn(body, content_type):
    return pd.DataFrame(json.loads(body))

def predict_fn(data, model):
    return model.predict_proba(data)[:, 1]

def output_fn(prediction, accept):
    return json.dumps(prediction.tolist())
""",
    "single": MODEL_FN
    + """
import json
import pandas as pd

def input_fn(body, content_type):
    record = json.loads(body)
    return pd.DataFrame([{"plan": record["plan"], "tenure": record["tenure"]}])

def predict_fn(data, model):
    return model.predict_proba(data)[0, 1]

def output_fn(prediction, accept):
    return json.dumps({"churn": float(prediction)})
""",
}


class Processor:
    def __init__(self, content_type):
        self.content_type = content_type

    def get_request_properties(self):
        return {"Content-Type": self.content_type, "Accept": "application/json"}


class Asked:
    """What SageMaker's model server tells its toolkit of a request."""

    def __init__(self, folder, content_type):
        self.system_properties = {"model_dir": folder}
        self.request_processor = [Processor(content_type)]

    def set_response_content_type(self, at, content_type):
        self.answered = content_type

    def set_response_status(self, code, phrase):
        raise RuntimeError(f"{code} {phrase}")


class LikeScikitLearn(DefaultInferenceHandler):
    """The defaults of SageMaker's container for scikit-learn, which is not on PyPI."""

    def default_predict_fn(self, data, model):
        return model.predict(data)


def by_the_toolkit(folder, body, content_type):
    """What the toolkit makes of a request: the answer's text, or its array."""
    code = os.path.join(folder, "code")
    os.environ.update(SAGEMAKER_PROGRAM="inference.py", SAGEMAKER_SUBMIT_DIRECTORY=code)
    sys.path.insert(0, code)
    for name in ("inference", "here"):
        sys.modules.pop(name, None)
    importlib.invalidate_caches()
    asked = Asked(folder, content_type)
    with contextlib.redirect_stdout(sys.stderr):
        (answer,) = Transformer(LikeScikitLearn()).transform([{"body": body.encode()}], asked)
    sys.path.remove(code)
    if isinstance(answer, bytes) and asked.answered == "application/x-npy":
        return np.load(io.BytesIO(answer)).tolist()
    return answer


def put(name, script, model):
    folder = os.path.join(sys.argv[1], name)
    os.makedirs(os.path.join(folder, "code"))
    joblib.dump(model, os.path.join(folder, "model.joblib"))
    with open(os.path.join(folder, "code", "inference.py"), "w") as file:
        file.write(script)
    with open(os.path.join(folder, "code", "here.py"), "w") as file:
        file.write("from joblib import load\n\ntold = []\n")
    return folder


said = {}
sys.dont_write_bytecode = True
features, classes = datasets.load_breast_cancer(return_X_y=True)
forest = ensemble.RandomForestClassifier(20, random_state=0).fit(features[:400], classes[:400])
rows = features[400:405].tolist()
bodies = {
    "bare": json.dumps(rows),
    "instances": json.dumps({"instances": rows}),
    "csv": "\n".join(",".join(map(repr, row)) for row in rows),
    "decoded": json.dumps(rows),
    "whole": json.dumps({"data": rows}),
    "warm": json.dumps(rows),
}
for name, script in SCRIPTS.items():
    folder = put(name, script, forest)
    content_type = "text/csv" if name == "csv" else "application/json"
    said[name] = {"rows": rows, "expected": by_the_toolkit(folder, bodies[name], content_type)}

table = pd.DataFrame({"plan": ["free", "paid", "paid", "free"] * 10, "tenure": np.arange(40.0)})
columns = ColumnTransformer([("plan", OneHotEncoder(), ["plan"])], remainder="passthrough")
churn = make_pipeline(columns, linear_model.LogisticRegression()).fit(table, np.arange(40) % 2)
records = table[:4].to_dict("records")
for name, script in TABLE.items():
    folder = put(name, script, churn)
    asked = [records] if name == "table" else records
    answers = [by_the_toolkit(folder, json.dumps(one), "application/json") for one in asked]
    said[name] = {"rows": records, "expected": answers[0] if name == "table" else answers}
print(json.dumps(said))
