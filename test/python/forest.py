"""One random forest in three forms, and what scikit-learn itself answers. Run: python forest.py FOLDER"""

import json
import pickle
import sys
from pathlib import Path

import joblib
import numpy as np
import skops.io
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

folder = Path(sys.argv[1])
data = load_breast_cancer()
seen, rows, labels, _ = train_test_split(
    data.data.astype(np.float32), data.target, test_size=50, stratify=data.target, random_state=0
)
forest = RandomForestClassifier(n_estimators=100, random_state=0).fit(seen, labels)

for form in ("joblib", "skops", "own"):
    (folder / form).mkdir(parents=True, exist_ok=True)
joblib.dump(forest, folder / "joblib" / "model.joblib")
skops.io.dump(forest, folder / "skops" / "model.skops")
(folder / "own" / "forest.bin").write_bytes(pickle.dumps(forest))
(folder / "own" / "predict.py").write_text(
    "import pickle\n"
    "from pathlib import Path\n\n\n"
    "def load(model_dir):\n"
    "    return pickle.loads((Path(model_dir) / 'forest.bin').read_bytes())\n\n\n"
    "def predict(inputs, forest):\n"
    "    rows = inputs['features']\n"
    "    return {'label': forest.predict(rows), 'probabilities': forest.predict_proba(rows)}\n"
)
json.dump(
    {
        "rows": rows.tolist(),
        "label": forest.predict(rows).tolist(),
        "probabilities": forest.predict_proba(rows).tolist(),
    },
    sys.stdout,
)
