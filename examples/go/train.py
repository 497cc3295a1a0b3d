"""Train the example: a logistic regression on Fisher's irises, its numbers written as JSON for a program in Go.

Data: Fisher's irises (1936), the copy that ships inside scikit-learn; nothing is downloaded.

Run:  pip install scikit-learn==1.9.1 && python train.py
"""

import json
from pathlib import Path

from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

HERE = Path(__file__).parent / "1.0.0"
data = load_iris()
names = [name.removesuffix(" (cm)").replace(" ", "_") for name in data.feature_names]
model = LogisticRegression(max_iter=1000).fit(data.data, data.target)

weights = {
    "inputs": names,
    "classes": data.target_names.tolist(),
    "coefficients": model.coef_.tolist(),
    "intercepts": model.intercept_.tolist(),
}
(HERE / "weights.json").write_text(json.dumps(weights, indent=1) + "\n")

for name, rows in {"first": [0], "three": [0, 75, 149]}.items():
    request = [dict(zip(names, data.data[row].tolist())) for row in rows]
    answer = {
        "predictions": [
            {"species": str(data.target_names[model.predict(data.data[[row]])[0]]),
             "probabilities": model.predict_proba(data.data[[row]])[0].tolist()}
            for row in rows
        ]
    }
    (HERE / "examples" / f"{name}.json").write_text(json.dumps(request) + "\n")
    (HERE / "examples" / f"{name}.expected.json").write_text(json.dumps(answer) + "\n")
