"""Train boosted trees of every kind, each saved by its own library in a folder of its own.

Beside the folders, cases.json has for each: the inputs as a caller sends them, and the library's own answers.
Run: python boosters.py FOLDER
"""

import json
import os
import sys
import warnings

import lightgbm
import numpy as np
import pandas as pd
import xgboost
from sklearn import datasets

warnings.filterwarnings("ignore")
root = sys.argv[1]
cases = {}
rows = slice(0, 150, 11)


def folder_of(name):
    os.makedirs(os.path.join(root, name))
    return os.path.join(root, name)


def put(name, save, file, inputs, answers):
    save(os.path.join(folder_of(name), file))
    cases[name] = {
        "inputs": {column: np.asarray(values).tolist() for column, values in inputs.items()},
        "expected": np.asarray(answers).tolist(),
    }


flowers, species = datasets.load_iris(return_X_y=True, as_frame=True)
plain = flowers.to_numpy()
asked = {"input": plain[rows]}
named = {column: flowers[column][rows] for column in flowers}

classifier = xgboost.XGBClassifier(n_estimators=20, max_depth=3).fit(flowers, species)
probabilities = classifier.predict_proba(flowers)[rows]
put("xgb-ubj", classifier.save_model, "model.ubj", named, probabilities)
put("xgb-json", classifier.save_model, "model.json", named, probabilities)
put("xgb-bst", classifier.save_model, "model.bst", named, probabilities)


def json_in_bst(path):
    with open(path, "wb") as file:
        file.write(classifier.get_booster().save_raw("json"))


put("xgb-json-in-bst", json_in_bst, "model.bst", named, probabilities)

stopping = xgboost.XGBClassifier(n_estimators=80, early_stopping_rounds=3)
stopping.fit(flowers[::2], species[::2], eval_set=[(flowers[1::2], species[1::2])], verbose=False)
put("xgb-stopped", stopping.save_model, "model.ubj", named, stopping.predict_proba(flowers)[rows])

yes = (species > 0).to_numpy().astype(float)
objectives = {
    "binary:logistic": yes,
    "binary:hinge": yes,
    "binary:logitraw": yes,
    "count:poisson": yes,
    "multi:softmax": species,
    "multi:softprob": species,
    "rank:pairwise": yes,
    "reg:quantileerror": plain[:, 1],
    "reg:squarederror": plain[:, 1],
    "survival:cox": yes + 1,
}
for objective, target in objectives.items():
    data = xgboost.DMatrix(plain, target)
    if objective.startswith("rank"):
        data.set_group([150])
    settings = {"objective": objective, "max_depth": 3}
    if objective.startswith("multi"):
        settings["num_class"] = 3
    if objective == "reg:quantileerror":
        settings["quantile_alpha"] = [0.1, 0.5, 0.9]
    booster = xgboost.train(settings, data, 10)
    name = "xgb-" + objective.replace(":", "-")
    put(name, booster.save_model, "model.ubj", asked, booster.predict(xgboost.DMatrix(plain[rows])))

for kind in ("dart", "gblinear"):
    model = xgboost.XGBRegressor(n_estimators=10, booster=kind).fit(flowers, plain[:, 0])
    put(f"xgb-{kind}", model.save_model, "model.ubj", named, model.predict(flowers)[rows])
two = xgboost.XGBRegressor(n_estimators=10, multi_strategy="multi_output_tree").fit(plain, plain[:, :2])
put("xgb-two-targets", two.save_model, "model.json", asked, two.predict(plain[rows]))
labels = xgboost.XGBClassifier(n_estimators=10).fit(plain, np.column_stack([yes, 1 - yes]))
put("xgb-two-labels", labels.save_model, "model.ubj", asked, labels.predict_proba(plain[rows]))
forest = xgboost.XGBRFClassifier(n_estimators=10).fit(flowers, species)
put("xgb-forest", forest.save_model, "model.ubj", named, forest.predict_proba(flowers)[rows])

generator = np.random.default_rng(7)
table = pd.DataFrame(
    {
        "plan": pd.Categorical(generator.choice(["paid", "free", "trial"], 150)),
        "size": pd.Categorical(generator.choice([10, 20, 40], 150)),
        "tenure": np.arange(150),
        "active": np.arange(150) % 2 == 0,
        "score": plain[:, 0],
    }
)
spend = table["plan"].cat.codes * 3.0 + table["size"].cat.codes * 2.0 + table["active"] + table["score"]
columns = {name: table[name][rows] for name in table}
model = xgboost.XGBRegressor(n_estimators=20, max_depth=4, enable_categorical=True).fit(table, spend)
put("xgb-categories", model.save_model, "model.ubj", columns, model.predict(table)[rows])
put("xgb-categories-json", model.save_model, "model.json", columns, model.predict(table)[rows])

quiet = {"verbose": -1, "num_leaves": 8, "min_data_in_leaf": 5, "min_data_per_group": 5, "cat_smooth": 1}
several = lightgbm.LGBMClassifier(n_estimators=20, **quiet).fit(flowers, species)
answers = several.predict_proba(flowers)[rows]
safe = {column.replace(" ", "_"): values for column, values in named.items()}
put("lgb-multiclass", several.booster_.save_model, "model.txt", safe, answers)
for objective, target in {"binary": yes, "regression": plain[:, 0], "quantile": plain[:, 0], "poisson": yes}.items():
    trees = lightgbm.train({**quiet, "objective": objective}, lightgbm.Dataset(plain, target), 20)
    put(f"lgb-{objective}", trees.save_model, "model.txt", asked, trees.predict(plain[rows]))
trees = lightgbm.train({**quiet, "objective": "regression"}, lightgbm.Dataset(table, spend), 20)
# LightGBM keeps nothing of what a column was: what is true is 1.
numbers = {**columns, "active": columns["active"].astype(float)}
put("lgb-categories", trees.save_model, "model.txt", numbers, trees.predict(table)[rows])
codes = np.column_stack([table["plan"].cat.codes, plain])
data = lightgbm.Dataset(codes, spend, categorical_feature=[0], feature_name=["plan", "a", "b", "c", "d"])
trees = lightgbm.train({**quiet, "objective": "regression"}, data, 20)
asked = {name: codes[rows, at] for at, name in enumerate(["plan", "a", "b", "c", "d"])}
asked["plan"] = asked["plan"].astype(int)
put("lgb-codes", trees.save_model, "model.txt", asked, trees.predict(codes[rows]))

with open(os.path.join(root, "cases.json"), "w") as file:
    json.dump(cases, file)
