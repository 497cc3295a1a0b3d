"""Train the MLflow example: a folder as `mlflow.sklearn.save_model` writes it, untouched but for its name.

Data: UCI wine recognition (Aeberhard and Forina, 1991), the copy that ships inside scikit-learn; nothing is downloaded.

Run:  pip install -r requirements.txt && python train.py
"""

import shutil
from pathlib import Path

import mlflow
from mlflow.models import infer_signature
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent / "1.0.0"
wines, cultivars = load_wine(return_X_y=True, as_frame=True)
wines = wines[["alcohol", "malic_acid", "flavanoids", "color_intensity", "proline"]]
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(wines, cultivars)
shutil.rmtree(HERE, ignore_errors=True)
signature = infer_signature(wines, model.predict(wines))
mlflow.sklearn.save_model(model, HERE, signature=signature, input_example=wines[:3])
