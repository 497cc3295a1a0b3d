"""Train the wine example: a scikit-learn pipeline as it is, with examples to prove it by.

Data: UCI wine recognition (Aeberhard and Forina, 1991), the copy that ships inside scikit-learn; nothing is downloaded.

Run:  pip install -r requirements.txt && python train.py
"""

import json
from pathlib import Path

import joblib
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent / "1.0.0"
data = load_wine(as_frame=True)
names = {"od280/od315_of_diluted_wines": "dilution"}
wines = data.data.rename(columns=names)
cultivars = [f"cultivar-{label + 1}" for label in data.target]
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(wines, cultivars)

(HERE / "examples").mkdir(parents=True, exist_ok=True)
joblib.dump(model, HERE / "model.joblib")
for name, row in (("first", 0), ("second", 70), ("third", 150)):
    wine = wines.iloc[[row]]
    answer = {
        "label": model.predict(wine)[0],
        "probabilities": model.predict_proba(wine)[0].tolist(),
    }
    (HERE / "examples" / f"{name}.json").write_text(json.dumps(wine.iloc[0].to_dict()) + "\n")
    (HERE / "examples" / f"{name}.expected.json").write_text(json.dumps({"predictions": [answer]}) + "\n")
print(f"accuracy on what it has seen: {model.score(wines, cultivars):.3f}")
