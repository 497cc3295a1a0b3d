"""A model as SageMaker's archives hold it, or as vetiver pins it, and its own answers. Run: python kept_models.py FORM FOLDER"""

import contextlib
import json
import sys
from pathlib import Path

import joblib
import numpy as np
import sklearn
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression

INFERENCE = """import json
import os

import joblib
import numpy as np

def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.joblib"))

def input_fn(body, content_type):
    return np.array(json.loads(body)["instances"])

def predict_fn(data, model):
    if data[0][0] < 0:
        return {}["no such row"]
    return model.predict_proba(data)

def output_fn(prediction, accept):
    return json.dumps({"predictions": prediction.tolist()}), accept
"""

form, folder = sys.argv[1], Path(sys.argv[2])
framework = f"scikit-learn {sklearn.__version__}"
if form == "sagemaker":
    data, labels = load_breast_cancer(return_X_y=True)
    model = RandomForestClassifier(n_estimators=50, random_state=0).fit(data[:500], labels[:500])
    (folder / "code").mkdir()
    (folder / "code" / "inference.py").write_text(INFERENCE)
    joblib.dump(model, folder / "model.joblib")
    rows = data[500:520]
    expected = model.predict_proba(rows)
else:
    import pandas as pd
    import pins
    import vetiver

    rows = np.random.default_rng(0).normal(size=(20, 3))
    cars = pd.DataFrame(rows, columns=["cyl", "disp", "hp"])
    model = LinearRegression().fit(cars, rows @ [1.0, 2.0, 3.0] + 4)
    board = pins.board_folder(str(folder), allow_pickle_read=True)
    vetiver.utils.modelcard_options.quiet = True
    with contextlib.redirect_stdout(sys.stderr):
        vetiver.vetiver_pin_write(board, vetiver.VetiverModel(model, "cars", prototype_data=cars))
    framework += f", vetiver {vetiver.__version__}"
    expected = model.predict(cars)
print(json.dumps({"path": str(folder), "framework": framework, "rows": rows.tolist(), "expected": expected.tolist()}))
