"""Streams of pickle that try to run code, as bytes: what published bypasses of scanners name, and some of our own."""

import pickle
import struct

import numpy as np

TOUCHED = "canary"
"""The file, in the folder of the process, that a payload makes when it runs."""
COMMAND = f"touch {TOUCHED}"
CODE = f"open('{TOUCHED}', 'w').close()"
MARK, STOP = b"(", b"."


def put(value):
    """The opcodes of a plain value, or opcodes as they are."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, tuple):
        return MARK + b"".join(map(put, value)) + b"t"
    if isinstance(value, list):
        return b"]" + MARK + b"".join(map(put, value)) + b"e"
    if isinstance(value, dict):
        return b"}" + MARK + b"".join(put(key) + put(item) for key, item in value.items()) + b"u"
    if isinstance(value, str):
        text = value.encode()
        return b"X" + struct.pack("<I", len(text)) + text
    return pickle.dumps(value, 2)[2:-1]


def named(module, name):
    return f"c{module}\n{name}\n".encode()


def from_stack(module, name):
    return put(module) + put(name) + b"\x93"


def call(function, *arguments):
    return function + put(arguments) + b"R"


def stream(opcodes, protocol=4):
    return (b"\x80" + bytes([protocol]) if protocol > 1 else b"") + opcodes + STOP


class Runs:
    """What everybody's first payload looks like."""

    def __reduce__(self):
        import os

        return os.system, (COMMAND,)


def direct_calls():
    the_os = call(named("importlib", "import_module"), "os")
    yield "os.system", named("os", "system"), (COMMAND,)
    yield "posix.system", named("posix", "system"), (COMMAND,)
    yield "builtins.eval", named("builtins", "eval"), (CODE,)
    yield "builtins.exec", named("builtins", "exec"), (CODE,)
    yield "builtins.getattr", named("builtins", "getattr"), (named("os", "path"), "join")
    yield "builtins.open", named("builtins", "open"), (TOUCHED, "w")
    yield "builtins.__import__", named("builtins", "__import__"), ("antigravity",)
    yield "builtins.compile", named("builtins", "compile"), (CODE, "x", "exec")
    yield "builtins.type", named("builtins", "type"), ("T", (), {})
    yield "io.open", named("io", "open"), (TOUCHED, "w")
    yield "_io.FileIO", named("_io", "FileIO"), (TOUCHED, "w")
    yield "codecs.open", named("codecs", "open"), (TOUCHED, "w")
    yield "subprocess.Popen", named("subprocess", "Popen"), (["touch", TOUCHED],)
    yield "subprocess.check_output", named("subprocess", "check_output"), (["touch", TOUCHED],)
    yield "subprocess.getoutput", named("subprocess", "getoutput"), (COMMAND,)
    yield "pty.spawn", named("pty", "spawn"), (["touch", TOUCHED],)
    yield "timeit.timeit", named("timeit", "timeit"), (CODE, "pass", named("time", "time"), 1)
    yield "cProfile.run", named("cProfile", "run"), (CODE,)
    yield "code.interact", call(named("code", "InteractiveInterpreter")), ()
    yield "functools.partial", call(named("functools", "partial"), named("os", "system"), COMMAND), ()
    yield "operator.methodcaller", call(named("operator", "methodcaller"), "system", COMMAND), (the_os,)
    yield "operator.attrgetter", call(named("operator", "attrgetter"), "system"), (the_os,)
    yield "operator.itemgetter", call(named("operator", "itemgetter"), 0), ([1],)
    yield "pkgutil.resolve_name", call(named("pkgutil", "resolve_name"), "os:system"), (COMMAND,)
    yield "importlib.import_module", named("importlib", "import_module"), ("this",)
    yield "runpy.run_path", named("runpy", "run_path"), ("/dev/null",)
    yield "typing.get_type_hints", named("typing", "get_type_hints"), (call(named("types", "SimpleNamespace")),)
    yield "types.FunctionType", named("types", "FunctionType"), (1, {})
    yield "atexit.register", named("atexit", "register"), (named("os", "system"), COMMAND)
    yield "threading.Thread", named("threading", "Thread"), ()
    yield "ctypes.CDLL", named("ctypes", "CDLL"), (None,)
    yield "shutil.copyfile", named("shutil", "copyfile"), ("/dev/null", TOUCHED)
    yield "pathlib.Path", named("pathlib", "PosixPath"), (TOUCHED,)
    yield "webbrowser.open", named("webbrowser", "GenericBrowser"), (["touch", TOUCHED],)
    yield "logging.FileHandler", named("logging", "FileHandler"), (TOUCHED,)
    yield "pickle.loads", named("pickle", "loads"), (pickle.dumps(pickle.dumps(Runs(), 2), 4)[2:-1],)
    yield "copyreg.add_extension", named("copyreg", "add_extension"), ("os", "system", 200)


def calls_of_libraries():
    yield "numpy myeval", named("numpy.f2py.crackfortran", "myeval"), (CODE,)
    yield "numpy runstring", named("numpy.testing._private.utils", "runstring"), (CODE, {})
    yield "numpy.ctypeslib.load_library", named("numpy.ctypeslib", "load_library"), ("libc", "/")
    yield "numpy.load", named("numpy", "load"), (TOUCHED,)
    yield "numpy.savetxt", named("numpy", "savetxt"), (TOUCHED, [1])
    yield "numpy.memmap", named("numpy", "memmap"), (TOUCHED, "u1", "w+", 0, (1,))
    yield "numpy.vectorize", call(named("numpy", "vectorize"), named("os", "system")), (COMMAND,)
    yield "numpy.frompyfunc", call(named("numpy", "frompyfunc"), named("os", "system"), 1, 1), (COMMAND,)
    yield "numpy.apply_over_axes", named("numpy", "apply_over_axes"), (named("os", "system"), 1, [0])
    yield "numpy array over bytes", named("numpy", "ndarray"), ((1,), "O", put(b"B\x08\0\0\0" + bytes(8)))
    yield "joblib.load", named("joblib", "load"), (TOUCHED,)
    yield "joblib.numpy_pickle.load", named("joblib.numpy_pickle", "load"), (TOUCHED,)
    yield "joblib.dump", named("joblib", "dump"), (1, TOUCHED)
    yield "joblib old wrapper", named("joblib.numpy_pickle_compat", "NDArrayWrapper"), ("x", named("numpy", "ndarray"))
    yield "joblib cloudpickle", named("joblib.externals.cloudpickle.cloudpickle", "subimport"), ("os",)
    yield "joblib.parallel", named("joblib.parallel", "Parallel"), ()
    yield "sklearn partial", call(named("sklearn.metrics._scorer", "partial"), named("os", "system"), COMMAND), ()
    yield "sklearn testing", named("sklearn.utils._testing", "_delete_folder"), ("/nowhere",)
    yield "sklearn data", named("sklearn.datasets", "load_files"), ("/nowhere",)
    yield "sklearn dump", named("sklearn.datasets", "dump_svmlight_file"), ([[1]], [1], TOUCHED)
    yield "sklearn parallel", named("sklearn.utils.parallel", "Parallel"), ()
    yield "sklearn make_scorer", named("sklearn.metrics", "make_scorer"), (named("os", "system"),)
    yield "sklearn other home", named("sklearn.model_selection._split", "chain"), ([1],)
    yield "sklearn inner class", from_stack("sklearn.pipeline", "islice"), ([1], 1)
    yield "scipy", named("scipy._lib._uarray._backend", "determine_backend"), (1,)


def forms():
    """What hides the name rather than choosing another."""
    for protocol in range(6):
        yield f"reduce at protocol {protocol}", pickle.dumps(Runs(), protocol)
    yield "inst", stream(b"(S'" + COMMAND.encode() + b"'\nios\nsystem\n", 0)
    yield "obj", stream(MARK + named("os", "system") + put(COMMAND) + b"o", 2)
    yield "newobj", stream(named("subprocess", "Popen") + put((["touch", TOUCHED],)) + b"\x81")
    yield "newobj_ex", stream(named("subprocess", "Popen") + put((["touch", TOUCHED],)) + put({}) + b"\x92")
    yield "stack global", stream(call(from_stack("os", "system"), COMMAND))
    yield "dotted", stream(call(from_stack("sklearn.datasets._base", "os.system"), COMMAND))
    yield "dotted class", stream(call(from_stack("builtins", "str.format"), "{0}", 1))
    yield "dotted dict", stream(call(from_stack("sklearn.base", "BaseEstimator.__init__.__globals__"), 1))
    yield "old builtin", stream(call(named("__builtin__", "eval"), CODE), 0)
    yield "memoised", stream(named("os", "system") + b"q\x000h\x00" + put((COMMAND,)) + b"R", 2)
    for size, opcode in (("<B", b"\x82"), ("<H", b"\x83"), ("<i", b"\x84")):
        yield f"extension {size}", stream(call(opcode + struct.pack(size, 7), COMMAND))
    yield "persistent id", b"Pos.system\n."
    yield "persistent id on the stack", stream(put("os") + b"Q")
    yield "next buffer", stream(b"\x97")
    yield "built class", stream(named("sklearn.tree", "DecisionTreeClassifier") + put({"predict": 1}) + b"b")
    estimator = named("sklearn.preprocessing", "FunctionTransformer") + put(()) + b"\x81"
    yield "code in an estimator", stream(estimator + put({"func": named("os", "system")}) + b"b")
    yield "codec", stream(call(named("_codecs", "encode"), "x", "rot13"))
    yield "module with a slash", stream(call(from_stack("os/../os", "system"), COMMAND))
    yield "class of a test", stream(call(from_stack("sklearn.tests.test_base", "MyEstimator")))
    forged = np.dtype([("a", "O")]).__reduce__()[2][:-1] + (0,)
    fields = put({"a": (call(named("numpy", "dtype"), "O"), 0)})
    state = MARK + b"".join(fields if part is forged[4] else put(part) for part in forged) + b"t"
    yield "objects that say they are bytes", stream(call(named("numpy", "dtype"), "V8") + state + b"b")
    objects = call(named("numpy", "dtype"), "O")
    scalar = named("numpy._core.multiarray", "scalar")
    yield "number of objects", stream(call(scalar, objects, b"C\x08" + bytes(8)))
    check = call(named("functools", "partial"), named("sklearn.utils.validation", "check_array"))
    yield "partial of another", stream(call(named("functools", "partial"), named("sklearn.base", "clone")))
    swapped = (named("sklearn.metrics._regression", "mean_squared_error"), (), {}, {})
    yield "partial that is filled with another", stream(check + put(swapped) + b"b")
    filled = (named("sklearn.utils.validation", "check_array"), ([1],), {}, {})
    yield "partial with arguments", stream(check + put(filled) + b"b")
    benign = pickle.dumps([1, 2, 3], 4)
    yield "trailing", benign + pickle.dumps(Runs(), 2)
    yield "trailing in the frame", b"\x80\x04\x95" + struct.pack("<Q", 5) + b"K\x01.K\x02"
    yield "truncated", benign[:-3]
    yield "empty", b""
    yield "no pickle", b"this is no pickle at all"


def hostile():
    """@returns the streams by name"""
    calls = [*direct_calls(), *calls_of_libraries()]
    return {**{name: stream(call(function, *arguments)) for name, function, arguments in calls}, **dict(forms())}
