"""A scikit-learn model: which of its methods answer which output, and how the inputs become the X it takes."""

from __future__ import annotations

import os
import warnings
from dataclasses import replace

from .output_columns import WrongAnswer
from .reasons import CannotLoad

METHODS = {
    "label": "predict",
    "prediction": "predict",
    "probabilities": "predict_proba",
    "scores": "decision_function",
}


class Estimator:
    """A fitted model and the outputs that are asked of it."""

    def __init__(self, model: object, version) -> None:
        import numpy
        import sklearn.ensemble

        self._numpy = numpy
        if not hasattr(model, "predict"):
            raise CannotLoad(f"{version.entry} holds a {type(model).__name__}, which has no predict")
        self._model = model
        self._inputs = version.inputs
        self._outputs = outputs_of(model, version.outputs)
        forests = (sklearn.ensemble.RandomForestClassifier, sklearn.ensemble.ExtraTreesClassifier)
        self._label_is_likeliest = isinstance(model, forests) and model.n_outputs_ == 1
        names = getattr(model, "feature_names_in_", None)
        self._features = None if names is None else list(names)
        self._takes_texts = hasattr(first_step(model), "build_analyzer")
        self._pandas = pandas_where_of_use(version.inputs)
        use_few_threads(model)
        # Columns reach the model in the order of its features, by name or not.
        warnings.filterwarnings("ignore", message="X does not have valid feature names")

    def predict(self, columns: dict) -> dict:
        x = self.x_of(columns)
        if self._label_is_likeliest and {"label", "probabilities"} <= set(self._outputs):
            # This is how a forest's predict is defined; asking twice would walk every tree twice.
            probabilities = self._model.predict_proba(x)
            label = self._model.classes_.take(probabilities.argmax(axis=1))
            return {"label": label, "probabilities": probabilities}
        return {name: one_entry_a_record(getattr(self._model, METHODS[name])(x)) for name in self._outputs}

    def x_of(self, columns: dict):
        numpy = self._numpy
        if len(columns) == 1:
            (column,) = columns.values()
            if column.ndim > 1:
                return column.reshape(len(column), -1)
            if self._takes_texts:
                return column
        columns = self._in_order(columns)
        texts = any(column.dtype.kind == "O" for column in columns.values())
        if self._pandas is not None and (self._features is not None or texts):
            return self._pandas.DataFrame(columns)
        return numpy.column_stack(list(columns.values()))

    def _in_order(self, columns: dict) -> dict:
        if self._features is not None and set(self._features) == set(columns):
            return {name: columns[name] for name in self._features}
        return columns


class OneMethod:
    """A fitted model of which one method answers, and nothing else does, whatever its output is called."""

    def __init__(self, model: object, version, method: str) -> None:
        if not callable(getattr(model, method, None)):
            raise CannotLoad(f"{version.entry} holds a {type(model).__name__}, which has no {method}")
        self._estimator = Estimator(model, replace(version, outputs=None))
        self._method = getattr(model, method)
        self._names = [output.name for output in version.outputs or ()] or ["prediction"]

    def predict(self, columns: dict) -> dict:
        return by_name(one_entry_a_record(self._method(self._estimator.x_of(columns))), self._names)


def by_name(answer: object, names: list) -> dict:
    """The whole answer where it has one name, a column of it for each of several."""
    if len(names) == 1:
        return {names[0]: answer}
    if getattr(answer, "ndim", None) != 2 or answer.shape[1] != len(names):
        raise WrongAnswer(f"the model answers in another form than with {', '.join(names)}")
    return {name: answer[:, at] for at, name in enumerate(names)}


def outputs_of(model: object, outputs: tuple | None) -> list:
    """The names of the outputs. @raises CannotLoad where the model cannot give one of them"""
    if not outputs:
        if not is_classifier(model):
            return ["prediction"]
        return ["label", "probabilities"] if hasattr(model, "predict_proba") else ["label"]
    for output in outputs:
        method = METHODS.get(output.name)
        if method is None:
            raise CannotLoad(
                f"the signature has the output '{output.name}': a scikit-learn model gives {', '.join(METHODS)}; "
                "name it so, or write a predict.py"
            )
        if not hasattr(model, method):
            raise CannotLoad(f"the output '{output.name}' needs {method}, which {type(model).__name__} does not have")
    return [output.name for output in outputs]


def is_classifier(model: object) -> bool:
    """A model of somebody's own may be none of scikit-learn's estimators."""
    import sklearn.base

    return isinstance(model, sklearn.base.BaseEstimator) and sklearn.base.is_classifier(model)


def first_step(model: object) -> object:
    while getattr(model, "steps", None):
        model = model.steps[0][1]
    return model


def pandas_where_of_use(inputs: tuple | None):
    if inputs is not None and len(inputs) == 1 and inputs[0].shape:
        return None
    try:
        import pandas
    except ImportError:
        return None
    return pandas


def use_few_threads(model: object) -> None:
    """A pool of threads a call costs more than it gives: models that ask for all cores get as many as we were given."""
    threads = int(os.environ.get("SLUICE_THREADS", "1"))
    params = getattr(model, "get_params", dict)()
    wanted = {name: threads for name, value in params.items() if name.split("__")[-1] == "n_jobs" and value}
    if wanted:
        model.set_params(**wanted)


def one_entry_a_record(answer: object) -> object:
    """Models of many targets give one array a target, where everybody else gives one entry a record."""
    return list(zip(*(part.tolist() for part in answer))) if isinstance(answer, list) else answer
