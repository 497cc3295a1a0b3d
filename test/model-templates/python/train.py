"""Fit the models of the tests, each in a folder of its own, with requests and scikit-learn's own answers beside them.

Run: python train.py FOLDER
"""

import json
import os
import pickle
import sys

import joblib
import numpy as np
import pandas as pd
import skops.io
from sklearn import cluster, datasets, ensemble, linear_model, naive_bayes, neighbors, svm
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

PREDICT = """import joblib


def load(model_dir):
    return joblib.load(f"{model_dir}/weights.bin")


def predict(inputs, model):
    rows = inputs["features"]
    return {"label": model.predict(rows), "probabilities": model.predict_proba(rows)}
"""
cases = {}


def put(name, model, inputs, expected, signature=None, save=joblib.dump, file="model.joblib"):
    """@param expected holds the answers by output name; the only one where there is one"""
    folder = os.path.join(sys.argv[1], name)
    os.makedirs(folder)
    save(model, os.path.join(folder, file))
    version = {"runtime": "python", "entry": file, **({"signature": signature} if signature else {})}
    with open(f"{folder}.json", "w") as described:
        json.dump(version, described)
    cases[name] = {
        "inputs": {name: np.asarray(column).tolist() for name, column in inputs.items()},
        "expected": {name: np.asarray(column).tolist() for name, column in expected.items()},
    }
    return folder


def dump(model, path):
    with open(path, "wb") as file:
        pickle.dump(model, file)


def row(name, size, kind="float32"):
    return {"name": name, "type": kind, "shape": [size]}


def bare(name, kind):
    return {"name": name, "type": kind, "shape": []}


# The forest of test/fixtures/breast-cancer, in each way a model may come.
data = datasets.load_breast_cancer()
seen, rows, labels, _ = train_test_split(
    data.data.astype(np.float32), data.target, test_size=50, stratify=data.target, random_state=0
)
forest = ensemble.RandomForestClassifier(n_estimators=100, random_state=0, n_jobs=-1).fit(seen, labels)
both = {"label": forest.predict(rows), "probabilities": forest.predict_proba(rows)}
cancer = {"inputs": [row("features", 30)], "outputs": [bare("label", "int64"), row("probabilities", 2, "float64")]}
put("forest-joblib", forest, {"features": rows}, both, cancer, lambda model, path: joblib.dump(model, path, compress=3))
put("forest-pickle", forest, {"features": rows}, both, cancer, dump, "model.pkl")
put("forest-skops", forest, {"features": rows}, both, cancer, skops.io.dump, "model.skops")
put("forest-untyped", forest, {"features": rows}, both)
folder = put("forest-own", forest, {"features": rows}, both, cancer, file="weights.bin")
with open(os.path.join(folder, "predict.py"), "w") as file:
    file.write(PREDICT)
with open(f"{folder}.json", "w") as file:
    json.dump({"runtime": "python", "entry": "predict.py", "signature": cancer}, file)

# A table whose columns are named otherwise ordered than the signature names them.
plans = ["free", "paid", "paid", "free"] * 10
table = pd.DataFrame({"plan": plans, "tenure": np.arange(40.0), "age": np.arange(40) % 7})
churn = np.arange(40) % 2
columns = ColumnTransformer([("plan", OneHotEncoder(), ["plan"]), ("numbers", StandardScaler(), ["tenure", "age"])])
tables = make_pipeline(columns, linear_model.LogisticRegression()).fit(table, churn)
fields = [bare("age", "int64"), bare("plan", "string"), bare("tenure", "float64")]
asked = {name: table[name][:5] for name in ("age", "plan", "tenure")}
answers = {"label": tables.predict(table[:5]), "probabilities": tables.predict_proba(table[:5])}
outputs = [bare("label", "int64"), row("probabilities", 2, "float64")]
put("table", tables, asked, answers, {"inputs": fields, "outputs": outputs})
put("table-untyped", tables, asked, answers)

# The same order trap without strings: two columns that may not be swapped.
plane = pd.DataFrame({"height": [1.0, 2.0, 3.0, 4.0], "width": [10.0, 0.0, 20.0, 5.0]})
price = linear_model.LinearRegression().fit(plane, [1.0, 2.0, 3.0, 9.0])
put("plane", price, {"width": plane["width"], "height": plane["height"]}, {"prediction": price.predict(plane)})

texts = ["red apple", "green pear", "green apple", "red cherry"]
words = make_pipeline(TfidfVectorizer(), naive_bayes.MultinomialNB()).fit(texts, [0, 1, 1, 0])
text = {"inputs": [bare("text", "string")], "outputs": [bare("label", "int64")]}
put("texts", words, {"text": texts}, {"label": words.predict(texts)}, text)

flowers, species = datasets.load_iris(return_X_y=True)
machine = svm.LinearSVC().fit(flowers, species)
scores = {"label": machine.predict(flowers[:4]), "scores": machine.decision_function(flowers[:4])}
scored = {"inputs": [row("x", 4, "float64")], "outputs": [bare("label", "int64"), row("scores", 3, "float64")]}
put("scores", machine, {"x": flowers[:4]}, scores, scored)
put("machine-untyped", machine, {"x": flowers[:4]}, {"label": machine.predict(flowers[:4])})
groups = cluster.KMeans(3, n_init=1, random_state=0).fit(flowers)
put("groups", groups, {"x": flowers[:4]}, {"prediction": groups.predict(flowers[:4])})
wants = {"inputs": [row("x", 4)], "outputs": [row("probabilities", 3)]}
put("without-probabilities", machine, {"x": flowers[:4]}, {}, wants)
put("unknown-output", machine, {"x": flowers[:4]}, {}, {**wants, "outputs": [bare("species", "int64")]})
put("too-short", machine, {"x": flowers[:4, :3]}, {})
put("no-model", {"weights": [1, 2]}, {}, {})
two = neighbors.KNeighborsClassifier().fit(flowers, np.column_stack([species, species > 0]))
parts = two.predict_proba(flowers[:4])
expected = np.empty((4, 2), dtype=object)
for at in range(4):
    expected[at] = [parts[0][at].tolist(), parts[1][at].tolist()]
put("two-labels", two, {"x": flowers[:4]}, {"label": two.predict(flowers[:4]), "probabilities": expected})
put("foreign", [pd.Series([1])], {}, {})
put("foreign-skops", make_pipeline(StandardScaler(), os.path.join), {}, {}, save=skops.io.dump, file="model.skops")

with open(os.path.join(sys.argv[1], "cases.json"), "w") as file:
    json.dump(cases, file)
