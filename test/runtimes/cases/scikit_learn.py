"""One random forest in the forms that people bring it in, and what scikit-learn answers. Run: python scikit_learn.py FORM FOLDER"""

import json
import pickle
import sys
from pathlib import Path

import joblib
import numpy as np
import skops.io
import sklearn
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

form, folder = sys.argv[1], Path(sys.argv[2])
data = load_breast_cancer()
seen, rows, labels, _ = train_test_split(
    data.data.astype(np.float32), data.target, test_size=50, stratify=data.target, random_state=0
)
forest = RandomForestClassifier(n_estimators=100, random_state=0).fit(seen, labels)

PREDICT = """import pickle
from pathlib import Path


def load(model_dir):
    return pickle.loads((Path(model_dir) / "forest.bin").read_bytes())


def predict(inputs, forest):
    rows = inputs["features"]
    if rows[0][0] < 0:
        return {}["no such row"]
    return {"label": forest.predict(rows), "probabilities": forest.predict_proba(rows)}
"""
SIGNATURE = """signature:
  inputs: [{ name: features, type: float32, shape: [30] }]
  outputs: [{ name: label, type: int64 }, { name: probabilities, type: float64, shape: [2] }]
"""

if form == "joblib":
    path = folder / "model.joblib"
    joblib.dump(forest, path)
elif form == "pickle":
    path = folder / "model.pkl"
    path.write_bytes(pickle.dumps(forest))
elif form == "skops":
    path = folder / "model.skops"
    skops.io.dump(forest, path)
else:
    path = folder
    (folder / "forest.bin").write_bytes(pickle.dumps(forest))
    (folder / "predict.py").write_text(PREDICT)
    (folder / "requirements.txt").write_text(f"scikit-learn=={sklearn.__version__}\n")
    (folder / "model.yaml").write_text(SIGNATURE)

json.dump(
    {
        "path": str(path),
        "framework": f"scikit-learn {sklearn.__version__}",
        "rows": rows.tolist(),
        "expected": [
            {"label": int(label), "probabilities": probabilities.tolist()}
            for label, probabilities in zip(forest.predict(rows), forest.predict_proba(rows))
        ],
    },
    sys.stdout,
)
