"""Boosted trees, loaded by the library that wrote them: XGBoost and LightGBM. No pickle is read."""

from __future__ import annotations

import json
import os
import warnings

from .estimator import by_name
from .feature_matrix import FeatureMatrix
from .reasons import CannotLoad
from .ubjson_head import categories_of

MARGINS = "scores"
"""What the trees add up to, before the objective makes a probability of it."""

ANSWERS = {"multi:softprob": "probabilities", "multi:softmax": "label", "binary:hinge": "label"}
"""What the one output of an objective of XGBoost is called, where nobody has named it."""

INTEGRAL = ("multi:softmax", "binary:hinge")
"""Objectives whose answer is a class already."""


class XgboostModel:
    """A file of XGBoost's save_model, in JSON or UBJSON."""

    def __init__(self, path: str, version, labels: bool = False) -> None:
        """@param labels whether its one answer is the likeliest class, as that of an estimator that classifies"""
        import xgboost

        self._booster = booster = xgboost.Booster()
        with open(path, "rb") as file:
            # Its own reading of a file goes by the ending, of a buffer by the first bytes.
            model = bytearray(file.read())
        try:
            booster.load_model(model)
        except xgboost.core.XGBoostError as error:
            why = reason_in(str(error))
            raise CannotLoad(
                f"{version.entry} cannot be read by XGBoost {xgboost.__version__} ({why}): save it again with "
                "booster.save_model('model.ubj')"
            ) from None
        del model
        booster.set_param({"nthread": threads()})
        learner = json.loads(booster.save_config())["learner"]
        self._matrix = FeatureMatrix(booster.feature_names, self._categories(), version.inputs, "float32")
        self._outputs = asked_outputs(version, ANSWERS.get(learner["objective"]["name"], "prediction"))
        self._labels = {field.name for field in version.outputs or () if field.type not in ("float32", "float64")}
        self._classifies = labels and learner["objective"]["name"] not in INTEGRAL
        self._range = iterations_of(booster)
        self._has_classes = learner["objective"]["name"].startswith("multi:")
        # Linear models have no way that does without a DMatrix, which costs ten times as much a call.
        self._in_place = learner["gradient_booster"]["name"] != "gblinear"

    def predict(self, columns: dict) -> dict:
        x = self._matrix.of(columns)
        answers = {name: self._answer(x, name == MARGINS) for name in self._outputs}
        if self._classifies:
            answers = {name: answer if name == MARGINS else self._likeliest(answer) for name, answer in answers.items()}
        return {name: as_labels(answer) if name in self._labels else answer for name, answer in answers.items()}

    def _answer(self, x, margin: bool):
        if self._in_place:
            kind = "margin" if margin else "value"
            return self._booster.inplace_predict(x, iteration_range=self._range, predict_type=kind)
        import xgboost

        data = xgboost.DMatrix(x, feature_names=self._booster.feature_names, feature_types=self._booster.feature_types)
        return self._booster.predict(data, output_margin=margin, iteration_range=self._range)

    def _likeliest(self, answer):
        """Of three classes and more one has the highest probability; of two, and of every target, it is above a half."""
        return answer.argmax(axis=1) if answer.ndim > 1 and self._has_classes else (answer > 0.5).astype("int64")

    def _categories(self) -> dict:
        """Of a model that keeps them (since 3.1); of others a category is its number."""
        names, types = self._booster.feature_names, self._booster.feature_types
        if not names or "c" not in (types or ()):
            return {}
        known = categories_of(bytes(self._booster.save_raw("ubj")))
        return {name: found for name, found in zip(names, known) if found}


def iterations_of(booster) -> tuple:
    """All rounds, as Booster.predict; of an estimator that stopped early those up to the best, as its own predict."""
    best = booster.attr("best_iteration")
    return (0, int(best) + 1) if best is not None and booster.attr("scikit_learn") is not None else (0, 0)


class LightgbmModel:
    """A text of LightGBM's save_model."""

    def __init__(self, path: str, version) -> None:
        import lightgbm

        try:
            self._booster = lightgbm.Booster(model_file=path)
        except lightgbm.basic.LightGBMError as error:
            raise CannotLoad(
                f"{version.entry} cannot be read by LightGBM {lightgbm.__version__} ({reason_in(str(error))}): save it "
                "again with booster.save_model('model.txt')"
            ) from None
        features = self._booster.feature_name()
        with open(path, encoding="utf-8", errors="replace") as lines:
            categories = categories_in(lines, features, self._booster.pandas_categorical or [])
        self._matrix = FeatureMatrix(features, categories, version.inputs, "float64")
        several = self._booster.num_model_per_iteration() > 1
        self._outputs = asked_outputs(version, "probabilities" if several else "prediction")
        self._threads = threads()

    def predict(self, columns: dict) -> dict:
        x = self._matrix.of(columns)
        return {
            name: self._booster.predict(x, raw_score=name == MARGINS, num_threads=self._threads)
            for name in self._outputs
        }


class LightgbmEstimator:
    """An estimator of LightGBM, which answers as its own predict does: a classifier with labels."""

    def __init__(self, model: object, version) -> None:
        booster = model.booster_
        features = booster.feature_name()
        lines = booster.model_to_string(num_iteration=1).splitlines()
        categories = categories_in(lines, features, booster.pandas_categorical or [])
        self._matrix = FeatureMatrix(features, categories, version.inputs, "float64")
        self._names = [output.name for output in version.outputs or ()] or ["prediction"]
        # None of its own stands for every core.
        self._model = model.set_params(n_jobs=threads())
        warnings.filterwarnings("ignore", message="X does not have valid feature names")

    def predict(self, columns: dict) -> dict:
        return by_name(self._model.predict(self._matrix.of(columns)), self._names)


def categories_in(lines, features: list, names: list) -> dict:
    """Which features pandas knew as categories: they stand in the order of the columns that were."""
    for line in lines:
        if line.startswith("feature_infos="):
            infos = line.strip().partition("=")[2].split(" ")
            places = [at for at, info in enumerate(infos) if info != "none" and not info.startswith("[")]
            return {features[at]: known for at, known in zip(places, names)} if len(places) == len(names) else {}
        if line.startswith("Tree="):
            break
    return {}


def asked_outputs(version, own: str) -> list:
    """The one thing that the trees answer, by whatever name, and what they add up to. @raises CannotLoad"""
    if not version.outputs:
        return [own]
    names = [output.name for output in version.outputs]
    answers = [name for name in names if name != MARGINS]
    if len(answers) > 1:
        raise CannotLoad(
            f"the signature has the outputs {' and '.join(answers)}: boosted trees give one, and {MARGINS}; name one of "
            "them, or write a predict.py"
        )
    return names


def as_labels(answer):
    import numpy

    return numpy.asarray(answer).astype("int64")


def threads() -> int:
    return int(os.environ.get("SLUICE_THREADS", "1"))


def reason_in(message: str) -> str:
    """The first line that says something: the library puts the place in its own source before it."""
    for line in message.splitlines():
        text = line.rpartition(": ")[2].strip()
        if text and "Stack trace" not in text:
            return text[:200]
    return "it gives no reason"
