"""Train the model of the SageMaker example, and make the archive that SageMaker would take.

Data: UCI breast cancer Wisconsin (Wolberg, Street and Mangasarian, 1995), the copy that ships inside scikit-learn; nothing is
downloaded.

Run:  pip install -r requirements.txt && python train.py
"""

import json
import tarfile
from pathlib import Path

import joblib
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent
RELEASE = HERE / "1.0.0"
rows, benign = load_breast_cancer(return_X_y=True)
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, benign)

joblib.dump(model, RELEASE / "model.joblib")
(RELEASE / "examples").mkdir(exist_ok=True)
for name, row in (("first", 0), ("second", 60)):
    answer = {"predictions": model.predict_proba(rows[[row]]).tolist()}
    (RELEASE / "examples" / f"{name}.json").write_text(json.dumps({"instances": rows[[row]].tolist()}) + "\n")
    (RELEASE / "examples" / f"{name}.expected.json").write_text(json.dumps(answer) + "\n")
with tarfile.open(HERE / "model.tar.gz", "w:gz") as archive:
    for part in ("model.joblib", "code"):
        archive.add(RELEASE / part, arcname=part)
print(f"accuracy on what it has seen: {model.score(rows, benign):.3f}")
