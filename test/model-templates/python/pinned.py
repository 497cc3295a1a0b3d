"""A board of pins as vetiver writes them, and what vetiver itself answers.

Prints one JSON object by pin: {"columns", "expected"}. Run: python pinned.py FOLDER
"""

import json
import sys
import warnings

import numpy as np
import pandas as pd
import pins
import vetiver
from sklearn import datasets, ensemble, linear_model, pipeline, preprocessing
from sklearn.compose import ColumnTransformer

warnings.filterwarnings("ignore")
vetiver.utils.modelcard_options.quiet = True
flowers, species = datasets.load_iris(return_X_y=True, as_frame=True)
flowers.columns = [name.removesuffix(" (cm)").replace(" ", "_") for name in flowers.columns]
cars = pd.DataFrame({"cyl": [4, 6, 8] * 4, "disp": np.arange(12.0) * 10, "am": [True, False] * 6})
plans = pd.DataFrame({"plan": ["free", "paid", "team"] * 4, "tenure": np.arange(12.0)})
miles = np.arange(12.0) ** 2
text = ColumnTransformer([("plan", preprocessing.OneHotEncoder(), ["plan"])], remainder="passthrough")
forest = ensemble.RandomForestClassifier(10, random_state=0)

pinned = {
    "iris": (forest.fit(flowers, species), flowers, flowers),
    "cars": (linear_model.LinearRegression().fit(cars, miles), cars, cars),
    "plans": (pipeline.make_pipeline(text, linear_model.Ridge()).fit(plans, miles), plans, plans),
    "rows": (linear_model.Ridge().fit(flowers.to_numpy(), species), flowers.to_numpy(), flowers.to_numpy()),
    "without": (linear_model.Ridge().fit(flowers.to_numpy(), species), None, flowers.to_numpy()),
}
board = pins.board_folder(sys.argv[1], allow_pickle_read=True)
said = {}
for name, (model, prototype, data) in pinned.items():
    one = vetiver.VetiverModel(model, name, prototype_data=prototype)
    vetiver.vetiver_pin_write(board, one)
    asked = data[:5]
    columns = asked.to_dict("list") if isinstance(asked, pd.DataFrame) else {"input": asked.tolist()}
    said[name] = {"columns": columns, "expected": list(one.handler_predict(asked, False))}
print(json.dumps(said, default=float))
