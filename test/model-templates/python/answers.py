"""Load every model of train.py as the server does, and predict its requests whole and record by record.

Prints one JSON object by model: {"whole", "alone"}, or {"reason"} where it cannot be loaded or does not predict.
Run: python answers.py FOLDER_OF_THE_SERVER FOLDER_OF_THE_MODELS
"""

import json
import os
import sys

sys.path.insert(0, sys.argv[1])
from sluice_serving.json_text import json_of  # noqa: E402
from sluice_serving.predictor import load_predictor  # noqa: E402
from sluice_serving.reasons import reason_of  # noqa: E402


def predictions(predictor, inputs):
    columns, records = predictor.read(inputs)
    return predictor.predict(columns, records)


answers = {}
with open(os.path.join(sys.argv[2], "cases.json")) as file:
    cases = json.load(file)
for name, case in cases.items():
    folder = os.path.join(sys.argv[2], name)
    inputs = case["inputs"]
    try:
        predictor = load_predictor(f"{folder}.json", folder)
        records = range(len(next(iter(inputs.values()))))
        alone = [predictions(predictor, {key: [values[at]] for key, values in inputs.items()}) for at in records]
        answers[name] = {"whole": predictions(predictor, inputs), "alone": [entry for (entry,) in alone]}
    except Exception as error:
        answers[name] = {"reason": reason_of(error, folder)}
print(json_of(answers).decode())
