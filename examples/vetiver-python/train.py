"""Pin a model with vetiver for Python, and release the pin as it lies in the board.

Data: the diabetes study of Efron, Hastie, Johnstone and Tibshirani (2004), the copy that ships inside scikit-learn; nothing is
downloaded.

Run:  pip install -r requirements.txt && python train.py
"""

import json
import shutil
from pathlib import Path

import pins
import vetiver
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge

RELEASE = Path(__file__).parent / "1.0.0"
patients, progress = load_diabetes(return_X_y=True, as_frame=True)
model = Ridge().fit(patients, progress)

shutil.rmtree(RELEASE / "progress", ignore_errors=True)
board = pins.board_folder(str(RELEASE), allow_pickle_read=True)
vetiver.vetiver_pin_write(board, vetiver.VetiverModel(model, "progress", prototype_data=patients))
(RELEASE / "examples").mkdir(exist_ok=True)
for name, row in (("first", 0), ("second", 100)):
    patient = patients.iloc[[row]]
    answer = {"predictions": model.predict(patient).tolist()}
    (RELEASE / "examples" / f"{name}.json").write_text(json.dumps(patient.iloc[0].to_dict()) + "\n")
    (RELEASE / "examples" / f"{name}.expected.json").write_text(json.dumps(answer) + "\n")
