"""Archives of skops that name what is no part of a model, in every kind of node that skops knows."""

import io
import json
import zipfile

import skops.io
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.pipeline import make_pipeline

TARGETS = (
    "os.system builtins.eval builtins.exec builtins.getattr builtins.__import__ subprocess.Popen posix.system "
    "importlib.import_module runpy.run_path pickle.loads joblib.load numpy.load operator.methodcaller "
    "functools.partial pathlib.PosixPath sklearn.datasets.load_files code.InteractiveInterpreter ctypes.CDLL"
).split()
NODES = "FunctionNode TypeNode ObjectNode MethodNode OperatorFuncNode PartialNode ReduceNode LossNode TreeNode".split()


def packed(schema, extra=()):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", schema if isinstance(schema, str) else json.dumps(schema))
        for name, content in extra:
            archive.writestr(name, content)
    return whole.getvalue()


def benign_schema():
    model = make_pipeline(StandardScaler(), FunctionTransformer())
    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(model))) as archive:
        return json.loads(archive.read("schema.json"))


def archives():
    schema = benign_schema()
    for target in TARGETS:
        module, _, name = target.rpartition(".")
        for node in NODES:
            content = {"module_path": module, "function": name, "content": name, "type": "json", "is_json": True}
            evil = {"__class__": name, "__module__": module, "__loader__": node, "__id__": 1, "content": content}
            evil |= {"attrs": {}, "reduce": {}, "constructor": {}, "args": {}}
            yield f"{target} as {node}", packed({**schema, **evil})
    nested = json.dumps(schema).replace("StandardScaler", "os.system")
    yield "a class with a dot", packed(nested)
    yield "deep", packed("[" * 200_000 + "]" * 200_000)
    yield "no schema", packed("{}")
    zeros = bytes(1 << 20) * 1024
    yield "1 GiB of zeros", packed(schema, [("array.npy", zeros)])
    yield "no archive", b"PK\x03\x04" + bytes(100)
