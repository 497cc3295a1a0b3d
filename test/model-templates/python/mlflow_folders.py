"""Save models as MLflow does, each in a folder of its own, and ask MLflow what it answers.

Run: python mlflow_folders.py FOLDER
"""

import json
import os
import sys
import warnings

warnings.filterwarnings("ignore")
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

import lightgbm  # noqa: E402
import mlflow  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import xgboost  # noqa: E402
from mlflow.models import infer_signature  # noqa: E402
from sklearn import datasets, ensemble, linear_model  # noqa: E402
from sklearn.compose import ColumnTransformer  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import OneHotEncoder, StandardScaler  # noqa: E402

root = sys.argv[1]
cases = {}
rows = slice(0, 150, 11)
# What MLflow itself would find in a quarter of a minute a model; the first model is left to it.
pins = [f"{module.__name__}=={module.__version__}" for module in (mlflow, np, pd, lightgbm, xgboost)]
pins += ["cloudpickle==3.1.3", "scikit-learn==1.9.1", "skops==0.16.0"]


def put(name, save, model, table, **settings):
    path = os.path.join(root, name)
    if name != "first":
        settings["pip_requirements"] = pins
    save(model, path, **settings)
    said = mlflow.pyfunc.load_model(path).predict(table[rows])
    inputs = {column: table[column][rows].tolist() for column in table} if hasattr(table, "columns") else None
    cases[name] = {"inputs": inputs or {"input": table[rows].tolist()}, "expected": np.asarray(said).tolist()}


flowers, species = datasets.load_iris(return_X_y=True, as_frame=True)
pipeline = make_pipeline(StandardScaler(), linear_model.LogisticRegression()).fit(flowers, species)
forest = ensemble.RandomForestRegressor(n_estimators=10, random_state=0).fit(flowers.to_numpy(), species)
names = pd.Series(["setosa", "versicolor", "virginica"])[species].to_numpy()
named = linear_model.LogisticRegression(max_iter=1000).fit(flowers, names)

sklearn = mlflow.sklearn.save_model
signed = infer_signature(flowers, pipeline.predict(flowers))
put("first", sklearn, pipeline, flowers, signature=signed, input_example=flowers[:2])
probabilities = infer_signature(flowers, pipeline.predict_proba(flowers))
proba = {"pyfunc_predict_fn": "predict_proba", "serialization_format": "pickle"}
put("probabilities", sklearn, pipeline, flowers, signature=probabilities, **proba)
put("probabilities-bare", sklearn, pipeline, flowers, **proba)
put("bare", sklearn, pipeline, flowers)
put("rows", sklearn, forest, flowers.to_numpy(), serialization_format="cloudpickle")
put("texts", sklearn, named, flowers, signature=infer_signature(flowers, named.predict(flowers)))
both = linear_model.LinearRegression().fit(flowers, np.column_stack([species, -species]))
table = pd.DataFrame(both.predict(flowers), columns=["up", "down"])
put("columns", sklearn, both, flowers, signature=infer_signature(flowers, table))

xgb = mlflow.xgboost.save_model
classifier = xgboost.XGBClassifier(n_estimators=10).fit(flowers, species)
put("xgb-classifier", xgb, classifier, flowers, signature=infer_signature(flowers, species))
put("xgb-classifier-bare", xgb, classifier, flowers)
put("xgb-yes-or-no", xgb, xgboost.XGBClassifier(n_estimators=10).fit(flowers, species > 0), flowers)
put("xgb-regressor", xgb, xgboost.XGBRegressor(n_estimators=10).fit(flowers, species), flowers)
data = xgboost.DMatrix(flowers, species > 0)
put("xgb-booster", xgb, xgboost.train({"objective": "binary:logistic"}, data, 10), flowers)

lgb = mlflow.lightgbm.save_model
several = lightgbm.LGBMClassifier(n_estimators=10, verbose=-1).fit(flowers, names)
put("lgb-classifier", lgb, several, flowers, signature=infer_signature(flowers, several.predict(flowers)))
regressor = lightgbm.LGBMRegressor(n_estimators=10, verbose=-1).fit(flowers, species)
put("lgb-regressor", lgb, regressor, flowers, signature=infer_signature(flowers, regressor.predict(flowers)))
# Without a signature it takes what LightGBM itself has made of the names.
safe = flowers.rename(columns=lambda column: column.replace(" ", "_"))
put("lgb-booster", lgb, several.booster_, safe)

plans = pd.DataFrame({"plan": ["free", "paid", "trial"] * 50, "tenure": np.arange(150.0)})
steps = ColumnTransformer([("plan", OneHotEncoder(), ["plan"]), ("tenure", StandardScaler(), ["tenure"])])
churn = make_pipeline(steps, linear_model.LogisticRegression()).fit(plans, np.arange(150) % 2)
put("table", sklearn, churn, plans, signature=infer_signature(plans, churn.predict(plans)))


class Code(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        from weighing import weighed

        self.weighed = weighed

    def predict(self, context, model_input, params=None):
        return self.weighed(model_input.sum(axis=1))


def save_code(model, path, **settings):
    mlflow.pyfunc.save_model(path, python_model=model, code_paths=[beside], **settings)


beside = os.path.join(root, "weighing.py")
with open(beside, "w") as file:
    file.write("def weighed(sums):\n    return sums / 2\n")
sys.path.insert(0, root)
summed = infer_signature(flowers, flowers.sum(axis=1))
put("code", save_code, Code(), flowers, signature=summed)
put("code-asked", save_code, Code(), flowers, signature=summed)
put("sklearn-asked", sklearn, pipeline, flowers, signature=signed)
for name in ("code-asked", "sklearn-asked"):
    with open(os.path.join(root, name, "model.yaml"), "w") as file:
        file.write("unsafePickle: true\n")
PROGRAM = """import mlflow
from weighing import weighed


class Code(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return weighed(model_input.sum(axis=1))


mlflow.models.set_model(Code())
"""
program = os.path.join(root, "own_model.py")
with open(program, "w") as file:
    file.write(PROGRAM)
put("program", save_code, program, flowers, signature=summed)
lightgbm_pickled = {"serialization_format": "cloudpickle"}
put("lgb-pickled", lgb, several, flowers, **lightgbm_pickled)

with open(os.path.join(root, "cases.json"), "w") as file:
    json.dump(cases, file)
