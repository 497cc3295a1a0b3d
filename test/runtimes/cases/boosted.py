"""One set of boosted trees in the forms that people bring it in, and what its maker answers. Run: python boosted.py FORM FOLDER"""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

import lightgbm  # noqa: E402
import mlflow  # noqa: E402
import numpy as np  # noqa: E402
import xgboost  # noqa: E402
from mlflow.models import infer_signature  # noqa: E402
from sklearn import __version__ as sklearn_version  # noqa: E402
from sklearn.datasets import load_iris  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

form, folder = sys.argv[1], Path(sys.argv[2])
flowers, species = load_iris(return_X_y=True, as_frame=True)
flowers.columns = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
rows = flowers[::7]
path = folder


def saved_by_mlflow(save, model):
    save(model, folder, signature=infer_signature(flowers, model.predict(flowers)), input_example=flowers[:2])
    return mlflow.pyfunc.load_model(str(folder)).predict(rows)


PROGRAM = """import mlflow


class Spread(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        if (model_input["petal_length"] < 0).any():
            raise ValueError("no such flower")
        return model_input.max(axis=1) - model_input.min(axis=1)


mlflow.models.set_model(Spread())
"""

if form in ("ubj", "json"):
    # One object may be a whole release where its ending says what it is; JSON may be anything.
    path = folder / "model.ubj" if form == "ubj" else folder
    model = xgboost.XGBClassifier(n_estimators=30, max_depth=3).fit(flowers, species)
    model.save_model(folder / f"model.{form}")
    framework, answers = f"xgboost {xgboost.__version__}", model.predict_proba(rows)
elif form == "txt":
    model = lightgbm.LGBMClassifier(n_estimators=30, verbose=-1).fit(flowers, species)
    model.booster_.save_model(folder / "model.txt")
    framework, answers = f"lightgbm {lightgbm.__version__}", model.predict_proba(rows)
elif form == "mlflow-sklearn":
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(flowers, species)
    answers = saved_by_mlflow(mlflow.sklearn.save_model, model)
    framework = f"mlflow {mlflow.__version__}, scikit-learn {sklearn_version}"
elif form == "mlflow-xgboost":
    model = xgboost.XGBClassifier(n_estimators=30, max_depth=3).fit(flowers, species)
    answers = saved_by_mlflow(mlflow.xgboost.save_model, model)
    framework = f"mlflow {mlflow.__version__}, xgboost {xgboost.__version__}"
elif form == "mlflow-code":
    with tempfile.TemporaryDirectory() as place:
        program = Path(place) / "spread.py"
        program.write_text(PROGRAM)
        signature = infer_signature(flowers, flowers.max(axis=1))
        pins = [f"mlflow=={mlflow.__version__}"]
        mlflow.pyfunc.save_model(folder, python_model=str(program), signature=signature, pip_requirements=pins)
    answers = mlflow.pyfunc.load_model(str(folder)).predict(rows)
    framework = f"mlflow {mlflow.__version__}"
else:
    model = lightgbm.LGBMClassifier(n_estimators=30, verbose=-1).fit(flowers, species)
    answers = saved_by_mlflow(mlflow.lightgbm.save_model, model)
    framework = f"mlflow {mlflow.__version__}, lightgbm {lightgbm.__version__}"

made = {"path": str(path), "framework": framework, "rows": rows.to_dict("records"), "expected": np.asarray(answers).tolist()}
json.dump(made, sys.stdout)
