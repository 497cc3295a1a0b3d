"""Fit scikit-learn's models, save each by pickle and by joblib, and load it through the allow-list.

Prints one JSON object: how many were tried, which were refused and why, and which predict something else than before.
Run: python benign.py FOLDER_OF_THE_SERVER
"""

import json
import os
import pickle
import sys
import tempfile
import warnings

import joblib
import numpy as np
import pandas as pd
from sklearn import compose, datasets, ensemble, feature_extraction, feature_selection, gaussian_process, impute
from sklearn import linear_model, model_selection, naive_bayes, neighbors, neural_network, pipeline, preprocessing
from sklearn import svm, tree
from sklearn.base import is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.utils import all_estimators

sys.path.insert(0, sys.argv[1])
from sluice_serving.safe_loading import load_estimator  # noqa: E402

warnings.filterwarnings("ignore")
flowers, species = datasets.load_iris(return_X_y=True)
patients, progress = (part[:200] for part in datasets.load_diabetes(return_X_y=True))
texts = ["red apple", "green pear", "green apple", "red cherry"] * 5
TOO_SLOW = {"GaussianProcessClassifier"}


def every_estimator():
    """All that scikit-learn has, as they are without arguments, where they fit and predict."""
    for name, kind in all_estimators():
        if name in TOO_SLOW:
            continue
        try:
            model = kind()
            x, y = (patients, progress) if is_regressor(model) else (flowers, species)
            if "n_estimators" in model.get_params():
                model.set_params(n_estimators=5)
            if "max_iter" in model.get_params():
                model.set_params(max_iter=20)
            if hasattr(model, "predict"):
                yield name, model.fit(x, y), x
        except Exception:
            continue


def compositions():
    """Models of models, with what people put into them."""
    forest = ensemble.RandomForestClassifier(5, random_state=0)
    table = np.array([["a", 1.5], ["b", 2.5], ["a", 3.5], ["c", 4.5]] * 5, dtype=object)
    columns = compose.ColumnTransformer(
        [
            ("kind", preprocessing.OneHotEncoder(handle_unknown="ignore"), [0]),
            ("size", pipeline.make_pipeline(impute.SimpleImputer(), preprocessing.StandardScaler()), [1]),
        ]
    )
    yield "columns", pipeline.make_pipeline(columns, forest), table, [0, 1, 0, 1] * 5
    yield "scaled", pipeline.make_pipeline(preprocessing.StandardScaler(), svm.SVC(probability=True)), flowers, species
    folds = model_selection.KFold(3)
    search = model_selection.GridSearchCV(forest, {"max_depth": [2, 3]}, cv=folds, scoring="f1_macro")
    yield "grid search", search, flowers, species
    near, sizes = neighbors.KNeighborsClassifier(), {"n_neighbors": [2, 3]}
    yield "random search", model_selection.RandomizedSearchCV(near, sizes, n_iter=2), flowers, species
    for method in ("sigmoid", "isotonic"):
        yield f"calibrated {method}", CalibratedClassifierCV(svm.LinearSVC(), method=method), flowers, species
    several = [("tree", tree.DecisionTreeClassifier()), ("bayes", naive_bayes.GaussianNB())]
    yield "voting", ensemble.VotingClassifier(several, voting="soft"), flowers, species
    yield "stacking", ensemble.StackingClassifier(several, cv=3), flowers, species
    logs = preprocessing.FunctionTransformer(np.log1p)
    yield "function", pipeline.make_pipeline(logs, linear_model.LogisticRegression()), flowers, species
    best = feature_selection.SelectKBest(feature_selection.f_classif, k=2)
    yield "best features", pipeline.make_pipeline(best, linear_model.LogisticRegression()), flowers, species
    words = feature_extraction.text.TfidfVectorizer()
    yield "texts", pipeline.make_pipeline(words, naive_bayes.MultinomialNB()), texts, [0, 1, 1, 0] * 5
    kernel = gaussian_process.kernels.RBF() + gaussian_process.kernels.WhiteKernel()
    yield "process", gaussian_process.GaussianProcessRegressor(kernel), patients[:40], progress[:40]
    yield "ball tree", neighbors.KNeighborsClassifier(algorithm="ball_tree", metric="manhattan"), flowers, species
    yield "kd tree", neighbors.KNeighborsRegressor(algorithm="kd_tree"), patients, progress
    for loss in ("squared_error", "absolute_error", "poisson", "quantile"):
        boosting = ensemble.HistGradientBoostingRegressor(loss=loss, max_iter=5, quantile=0.5)
        yield f"boosting {loss}", boosting, patients, progress
    kinds = pd.DataFrame({"kind": pd.Categorical(["a", "b", "c", "a"] * 10), "size": np.arange(40.0)})
    by_kind = ensemble.HistGradientBoostingClassifier(max_iter=5, categorical_features="from_dtype")
    yield "boosting of kinds", by_kind, kinds, [0, 1] * 20
    for loss in ("log_loss", "exponential"):
        yield f"gradient {loss}", ensemble.GradientBoostingClassifier(loss=loss, n_estimators=3), flowers, species > 0
    for loss in ("hinge", "log_loss", "modified_huber", "perceptron"):
        yield f"descent {loss}", linear_model.SGDClassifier(loss=loss), flowers, species
    random = np.random.RandomState(0)
    yield "random state", ensemble.ExtraTreesClassifier(5, random_state=random), flowers, species
    names = np.array(["setosa", "versicolor", "virginica"])
    yield "labels of text", forest, flowers, names[species]
    yield "labels as objects", forest, flowers, names.astype(object)[species]
    network = neural_network.MLPClassifier((5,), max_iter=20, random_state=np.random.RandomState(1))
    yield "network", network, flowers, species
    splines = preprocessing.SplineTransformer()
    yield "splines", pipeline.make_pipeline(splines, linear_model.Ridge()), patients, progress
    target = compose.TransformedTargetRegressor(linear_model.Ridge(), func=np.log, inverse_func=np.exp)
    yield "target", target, patients, progress


def savings(model, folder):
    for protocol in (2, 4, 5):
        path = os.path.join(folder, f"{protocol}.pkl")
        with open(path, "wb") as file:
            pickle.dump(model, file, protocol=protocol)
        yield path
    for name, compress in (("plain", 0), ("zlib", 3), ("gzip", ("gzip", 3)), ("xz", ("xz", 1)), ("bz2", ("bz2", 3))):
        path = os.path.join(folder, f"{name}.joblib")
        joblib.dump(model, path, compress=compress)
        yield path


tried, refused, different = [], {}, []
fitted = ((name, model.fit(x, y), x) for name, model, x, y in compositions())
with tempfile.TemporaryDirectory() as folder:
    for name, model, x in [*every_estimator(), *fitted]:
        tried.append(name)
        expected = model.predict(x)
        for path in savings(model, folder):
            try:
                again = load_estimator(path, os.path.basename(path))
            except Exception as error:
                refused.setdefault(name, f"{os.path.basename(path)}: {error}")
                continue
            if not np.array_equal(again.predict(x), expected):
                different.append(f"{name} {os.path.basename(path)}")
files = 8 * len(tried)
print(json.dumps({"tried": tried, "files": files, "refused": refused, "different": different}))
