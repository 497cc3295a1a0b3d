"""Train forests that differ in their seed only: versions of one model, each of bytes of its own.

Run:  python train_versions.py FOLDER COUNT
"""

import os
import sys

import joblib
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier

folder, count = sys.argv[1], int(sys.argv[2])
data = load_breast_cancer()
for seed in range(count):
    forest = RandomForestClassifier(n_estimators=10, random_state=seed).fit(data.data, data.target)
    joblib.dump(forest, os.path.join(folder, f"{seed}.joblib"))
