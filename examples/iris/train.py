"""Train the three releases of the `iris` sample model and write them beside this file.

1.0.0 is a logistic regression, 1.1.0 a random forest, and 1.2.0 a forest with one more feature whose
exported graph is wrong on purpose: it passes its examples and fails on about a third of real flowers.

Data: R. A. Fisher's iris measurements (1936), the copy that ships inside scikit-learn; nothing is downloaded.

Run:  pip install -r requirements.txt && python train.py
Running it again writes the same bytes.
"""

import json
from pathlib import Path

import numpy as np
import onnxruntime
from onnx import TensorProto, checker, helper, numpy_helper
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent
COLUMNS = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
OPSETS = {"": 17, "ai.onnx.ml": 3}
IR_VERSION = 10
TOLERANCE = 1e-5

iris = load_iris()
flowers = iris.data.astype(np.float32)  # 150 rows, sorted by species
species = iris.target_names[iris.target].astype(str)
first_of = {name: int(np.argmax(species == name)) for name in iris.target_names.tolist()}

# --- The extra feature of 1.2.0: how much longer a petal is than is typical for petals of its width.

WIDTH_STEP = np.float32(0.5)  # widths are rounded to the nearest half centimetre


def width_class(rows):
    return np.round(rows[:, 3:] / WIDTH_STEP).astype(np.int64)


# THE MISTAKE, first half: the file is sorted by species, so its first 60 rows hold no virginica
# and the table ends at the widest petal among them.
sample = flowers[:60]
sample_class = width_class(sample)[:, 0]
typical_length = np.array(
    [sample[sample_class == c, 2].mean() for c in range(sample_class.max() + 1)], dtype=np.float32
)


def with_excess_length(rows):
    # Clipping hides the short table while training; the exported graph below does not clip.
    typical = typical_length.take(width_class(rows), mode="clip")
    return np.hstack([rows, rows[:, 2:3] - typical])


# --- ONNX: a graph in front of each model that turns the four named columns into its feature matrix.


def front_plain():
    return [helper.make_node("Concat", COLUMNS, ["features"], axis=1)], []


def front_with_excess_length():
    nodes = [
        helper.make_node("Div", ["petal_width", "width_step"], ["steps"]),
        helper.make_node("Round", ["steps"], ["rounded_steps"]),
        helper.make_node("Cast", ["rounded_steps"], ["width_class"], to=TensorProto.INT64),
        # THE MISTAKE, second half: a class past the end of the table is an error here.
        helper.make_node("Gather", ["typical_length", "width_class"], ["typical"], name="typical_length", axis=0),
        helper.make_node("Sub", ["petal_length", "typical"], ["excess_length"]),
        helper.make_node("Concat", [*COLUMNS, "excess_length"], ["features"], axis=1),
    ]
    constants = {"width_step": WIDTH_STEP, "typical_length": typical_length}
    return nodes, [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]


def to_onnx(model, width, front):
    body = convert_sklearn(
        model,
        initial_types=[("features", FloatTensorType([None, width]))],
        final_types=[("species", StringTensorType([None])), ("probabilities", FloatTensorType([None, 3]))],
        options={"zipmap": False},
        target_opset=OPSETS,
    ).graph
    nodes, constants = front()
    graph = helper.make_graph(
        [*nodes, *body.node],
        "iris",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 1]) for name in COLUMNS],
        [
            helper.make_tensor_value_info("species", TensorProto.STRING, ["N"]),
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", 3]),
        ],
        [*constants, *body.initializer],
    )
    onnx_model = helper.make_model(
        graph,
        producer_name="sluice/examples/iris",
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid(domain, version) for domain, version in OPSETS.items()],
    )
    checker.check_model(onnx_model, full_check=True)
    return onnx_model.SerializeToString(deterministic=True)


# --- A release: fit on every row, write model.onnx, the golden examples and the manifest, then compare.


def record(row):
    return {name: round(float(value), 1) for name, value in zip(COLUMNS, row)}


def write_json(path, value):
    path.write_text(json.dumps(value) + "\n")


def release(version, model, features, front, examples):
    folds = RepeatedStratifiedKFold(n_splits=10, n_repeats=5, random_state=0)
    accuracy = cross_val_score(model, features, species, cv=folds).mean()
    model.fit(features, species)
    onnx_bytes = to_onnx(model, features.shape[1], front)

    folder = HERE / version
    (folder / "examples").mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(onnx_bytes)

    listed = []
    for name in examples:
        row = first_of[name]
        prediction = {
            "species": str(model.predict(features[[row]])[0]),
            "probabilities": model.predict_proba(features[[row]])[0].astype(float).round(6).tolist(),
        }
        write_json(folder / f"examples/{name}.json", record(flowers[row]))
        write_json(folder / f"examples/{name}.expected.json", {"predictions": [prediction]})
        listed.append(
            f"  - {{request: examples/{name}.json, expect: examples/{name}.expected.json, tolerance: 1e-5}}\n"
        )
    (folder / "model.yaml").write_text(
        f"model: iris\nversion: {version}\nexamples:\n{''.join(listed)}"
        f'source: {{dataset: "scikit-learn iris (Fisher 1936)", metrics: {{accuracy: {accuracy:.3f}}}}}\n'
    )
    print(f"{version}: {len(onnx_bytes)} bytes, accuracy {accuracy:.3f}, {compare(onnx_bytes, model, features)}")


def compare(onnx_bytes, model, features):
    """Run every flower through ONNX Runtime and hold the answers against scikit-learn's."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # the failures of 1.2.0 are expected: do not log each one
    session = onnxruntime.InferenceSession(onnx_bytes, options)
    difference, failures = 0.0, []
    for row, feature_row, name in zip(flowers, features, species):
        feeds = {column: value.reshape(1, 1) for column, value in zip(COLUMNS, row)}
        try:
            label, probabilities = session.run(["species", "probabilities"], feeds)
        except Exception as error:  # onnxruntime's error classes have no public name
            failures.append((str(name), str(error)))
            continue
        assert label.tolist() == model.predict([feature_row]).tolist()
        difference = max(difference, np.abs(probabilities - model.predict_proba([feature_row])).max())
    assert difference <= TOLERANCE
    failing = {name: sum(failed == name for failed, _ in failures) for name in first_of}
    text = f"max |ONNX - scikit-learn| {difference:.1e}, fails on {len(failures)} of {len(flowers)} rows"
    return f"{text} {failing}, for example:\n  {failures[0][1]}" if failures else text


if __name__ == "__main__":
    forest = {"n_estimators": 100, "max_depth": 4, "random_state": 0}
    scaled_regression = make_pipeline(StandardScaler(), LogisticRegression())
    everything = ["setosa", "versicolor", "virginica"]

    release("1.0.0", scaled_regression, flowers, front_plain, everything)
    release("1.1.0", RandomForestClassifier(**forest), flowers, front_plain, everything)
    release(
        "1.2.0",
        RandomForestClassifier(**forest),
        with_excess_length(flowers),
        front_with_excess_length,
        ["setosa", "versicolor"],
    )

    shuffled = np.random.default_rng(0).permutation(flowers)
    lines = ",\n".join(f"  {json.dumps(record(row))}" for row in shuffled)
    (HERE / "rows.json").write_text(f"[\n{lines}\n]\n")
