"""What scikit-learn and scipy say of predictions and what they turned out to be: a list of sets in, a list of values out."""

import json
import sys

import numpy as np
from scipy import stats
from sklearn import metrics


def probabilities(predicted, actual):
    values = {
        "accuracy": metrics.accuracy_score(actual, np.asarray(predicted) >= 0.5),
        "brier": metrics.brier_score_loss(actual, predicted),
        "logLoss": metrics.log_loss(actual, predicted, labels=[0, 1]),
    }
    right = int(sum((np.asarray(predicted) >= 0.5) == np.asarray(actual, dtype=bool)))
    low, high = stats.binomtest(right, len(actual)).proportion_ci(0.95, method="wilson")
    values["accuracy, low"], values["accuracy, high"] = low, high
    if len(set(actual)) == 2:
        values["auc"] = metrics.roc_auc_score(actual, predicted)
    return values


def numbers(predicted, actual):
    errors = np.asarray(predicted) - np.asarray(actual)
    half = stats.norm.ppf(0.975) * errors.std(ddof=1) / np.sqrt(len(errors))
    return {
        "mae": metrics.mean_absolute_error(actual, predicted),
        "rmse": np.sqrt(metrics.mean_squared_error(actual, predicted)),
        "bias": errors.mean(),
        "bias, low": errors.mean() - half,
    }


def classes(predicted, actual):
    return {"accuracy": metrics.accuracy_score(actual, predicted)}


KINDS = {"probability": probabilities, "number": numbers, "class": classes}

with open(sys.argv[1], encoding="utf-8") as file:
    sets = json.load(file)
print(json.dumps([{k: float(v) for k, v in KINDS[one["kind"]](one["predicted"], one["actual"]).items()} for one in sets]))
