"""Train the forest that every stack of the bench serves: the data, the split and the seed of the breast-cancer fixture.

Run:  python train.py MODEL.joblib
"""

import sys

import joblib
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

data = load_breast_cancer()
seen, _, labels, _ = train_test_split(
    data.data.astype(np.float32), data.target, test_size=50, stratify=data.target, random_state=0
)
joblib.dump(RandomForestClassifier(n_estimators=100, random_state=0).fit(seen, labels), sys.argv[1])
