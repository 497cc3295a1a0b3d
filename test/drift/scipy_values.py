"""What scipy and numpy say of pairs of samples: reads a JSON list of pairs from a file, writes a JSON list of values by name."""

import json
import sys
import warnings
from collections import Counter

import numpy as np
from scipy import stats
from scipy.spatial.distance import jensenshannon

warnings.filterwarnings("ignore")


def shares_of_tenths(before, now):
    """Counts in parts that end with the value which completes a tenth of the sorted baseline."""
    values, counts = np.unique(before, return_counts=True)
    tenth = np.floor(np.cumsum(counts) * 10 / len(before)).astype(int)
    ends = values[np.flatnonzero(np.diff(np.concatenate([[0], tenth])) > 0)]
    part = lambda sample: np.bincount(np.minimum(np.searchsorted(ends, sample), len(ends) - 1), minlength=len(ends))
    return part(before), part(now)


def index(before, now):
    p = np.maximum(before / before.sum(), 0.0001)
    q = np.maximum(now / now.sum(), 0.0001)
    return float(((q - p) * np.log(q / p)).sum())


def distance(before, now):
    return float(np.nan_to_num(jensenshannon(before, now, base=2)))


def of_numbers(pair):
    before, now, predictions = (np.array(pair[side], dtype=float) for side in ("baseline", "current", "predictions"))
    tenths, tenths_now = shares_of_tenths(before, now)
    smirnov = stats.ks_2samp(before, now, method="asymp")
    above = int((now > before.max()).sum())
    below = int((now < before.min()).sum())
    chance = lambda k: stats.hypergeom.pmf(k, len(before) + len(now), len(now), k) if k else 1.0
    answers = {
        "KS": smirnov.statistic,
        "KS, p": smirnov.pvalue,
        "Wasserstein": stats.wasserstein_distance(before, now),
        "PSI": index(tenths, tenths_now),
        "Jensen-Shannon, tenths": distance(tenths, tenths_now),
        "out of range": (above + below) / len(now),
        "out of range, p": min(1, 2 * min(chance(above), chance(below))),
        "mean": now.mean(),
        "deviation": now.std(),
        "median": np.quantile(now, 0.5, method="inverted_cdf"),
        "p99": np.quantile(now, 0.99, method="inverted_cdf"),
    }
    if len(now) <= 500 and len(before) <= 500 and len(set(before) | set(now)) == len(before) + len(now):
        answers["KS, p, exact for small samples"] = stats.ks_2samp(before, now, method="exact").pvalue
    if len(now) > 2 and now.std() > 0 and predictions.std() > 0:
        answers["correlation"] = stats.pearsonr(now, predictions).statistic
    return answers


def of_categories(pair):
    counts = [Counter(pair[side]) for side in ("baseline", "current")]
    names = sorted(set(counts[0]) | set(counts[1]))
    before, now = (np.array([count[name] for name in names]) for count in counts)
    squared = stats.chi2_contingency([before, now], correction=False) if len(names) > 1 else None
    return {
        "chi-square": squared.statistic if squared else 0.0,
        "chi-square, p": squared.pvalue if squared else 1.0,
        "Jensen-Shannon, categories": distance(before, now),
        "PSI, categories": index(before, now),
        "cardinality": int((now > 0).sum()),
    }


def of_missing(counts):
    table = [[counts["before"], counts["beforeOf"] - counts["before"]], [counts["now"], counts["nowOf"] - counts["now"]]]
    whole = min(np.sum(table, axis=0)) > 0
    return {"missing, p": stats.chi2_contingency(table, correction=True).pvalue if whole else 1.0}


answers = []
for pair in json.load(open(sys.argv[1])):
    values = of_numbers(pair) if pair["kind"] == "numbers" else of_categories(pair)
    told = {**values, **of_missing(pair["missing"])}
    # Of one row on either side scipy has no asymptotic p.
    answers.append({name: float(value) for name, value in told.items() if not np.isnan(value)})
adjusted = stats.false_discovery_control([answer["missing, p"] for answer in answers])
json.dump({"pairs": answers, "adjusted": list(adjusted)}, sys.stdout)
