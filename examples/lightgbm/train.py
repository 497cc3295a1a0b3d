"""Train the LightGBM example: boosted trees as `save_model` writes them, with examples to prove them by.

Data: diabetes (Efron, Hastie, Johnstone and Tibshirani, 2004), the copy that ships inside scikit-learn; nothing is downloaded.

Run:  pip install -r requirements.txt && python train.py
"""

import json
from pathlib import Path

import lightgbm
from sklearn.datasets import load_diabetes

HERE = Path(__file__).parent / "1.0.0"
data = load_diabetes(as_frame=True, scaled=False)
patients = data.data[["age", "bmi", "bp", "s5"]].rename(columns={"bp": "blood_pressure", "s5": "triglycerides"})
settings = {"objective": "regression", "num_leaves": 8, "learning_rate": 0.1, "verbose": -1}
model = lightgbm.train(settings, lightgbm.Dataset(patients, data.target), 40)

(HERE / "examples").mkdir(parents=True, exist_ok=True)
model.save_model(HERE / "model.txt")
for name, row in (("first", 0), ("second", 200), ("third", 400)):
    patient = patients.iloc[[row]]
    (HERE / "examples" / f"{name}.json").write_text(json.dumps(patient.iloc[0].to_dict()) + "\n")
    answer = {"predictions": model.predict(patient).tolist()}
    (HERE / "examples" / f"{name}.expected.json").write_text(json.dumps(answer) + "\n")
