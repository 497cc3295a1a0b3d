"""Train the XGBoost example: boosted trees as `save_model` writes them, with examples to prove them by.

Data: UCI wine recognition (Aeberhard and Forina, 1991), the copy that ships inside scikit-learn; nothing is downloaded.

Run:  pip install -r requirements.txt && python train.py
"""

import json
from pathlib import Path

import pandas as pd
from sklearn.datasets import load_wine
from xgboost import XGBClassifier

HERE = Path(__file__).parent / "1.0.0"
data = load_wine(as_frame=True)
wines = data.data[["alcohol", "malic_acid", "flavanoids", "color_intensity", "proline"]].copy()
# A category, to show one: how dark a wine is.
wines["shade"] = pd.cut(wines.pop("color_intensity"), [0, 3.5, 6, 20], labels=["pale", "red", "dark"])
model = XGBClassifier(n_estimators=40, max_depth=3, enable_categorical=True).fit(wines, data.target)

(HERE / "examples").mkdir(parents=True, exist_ok=True)
model.save_model(HERE / "model.ubj")
for name, row in (("first", 0), ("second", 70), ("third", 150)):
    wine = wines.iloc[[row]]
    answer = {"predictions": model.predict_proba(wine).tolist()}
    record = {column: value if isinstance(value, str) else float(value) for column, value in wine.iloc[0].items()}
    (HERE / "examples" / f"{name}.json").write_text(json.dumps(record) + "\n")
    (HERE / "examples" / f"{name}.expected.json").write_text(json.dumps(answer) + "\n")
print(f"accuracy on what it has seen: {model.score(wines, data.target):.3f}")
