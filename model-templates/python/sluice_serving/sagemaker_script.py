"""A model that SageMaker's inference toolkits serve: a script of handlers, and the files that its model_fn loads.

The script defines `model_fn(model_dir)` and any of `input_fn(body, content_type)`, `predict_fn(data, model)` and
`output_fn(prediction, accept)`, or `transform_fn(model, body, content_type, accept)` in place of these three. Each may
take a context as one argument more. It runs as it is: nothing here guards the machine from it.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping

from .own_code import imported
from .reasons import CannotLoad
from .script_answer import answer_of
from .script_body import JSON, bodies_of, form_of
from .script_context import Context

PARTS = ("input_fn", "predict_fn", "output_fn")


class SageMakerScript:
    """The handlers of a script, the model that they loaded, and the form in which they are asked."""

    def __init__(self, model_dir: str, version) -> None:
        model_dir = os.path.abspath(model_dir)
        # What SageMaker's own containers tell a script about the place of its model.
        os.environ.setdefault("SM_MODEL_DIR", model_dir)
        module = imported(model_dir, version.entry)
        self._handlers = handlers_of(module, version.entry)
        self._context = Context(model_dir)
        self._inputs = tuple(field.name for field in version.inputs or ())
        self._outputs = tuple(field.name for field in version.outputs or ())
        if not {"input_fn", "transform_fn"}.isdisjoint(self._handlers):
            self._form = form_of(inspect.getsource(module), self._inputs)
            self._context.content_type = self._form.content_type
            print(f"{version.entry} is given {self._form}", flush=True)
        else:
            self._form = None
        self._call("pre_model_fn", model_dir)
        self._model = self._call("model_fn", model_dir)
        self._call("model_warmup_fn", model_dir, self._model)
        if not {"predict_fn", "transform_fn"} & set(self._handlers) and not hasattr(self._model, "predict"):
            raise CannotLoad(
                f"{version.entry} defines no predict_fn(data, model), and the {type(self._model).__name__} that its "
                "model_fn returns has no predict: define one"
            )

    def predict(self, columns: dict) -> object:
        if self._form is None:
            return self._after_input(array_of(columns), records_in(columns))
        bodies = bodies_of(self._form, columns)
        records = 1 if self._form.one_by_one else records_in(columns)
        answers = [self._answer(body, records) for body in bodies]
        return answers[0] if not self._form.one_by_one else joined(answers)

    def _answer(self, body: str, records: int) -> object:
        if "transform_fn" in self._handlers:
            returned = self._call("transform_fn", self._model, body, self._form.content_type, JSON)
            return answer_of(returned, JSON, self._outputs, records)
        return self._after_input(self._call("input_fn", body, self._form.content_type), records)

    def _after_input(self, data: object, records: int) -> object:
        if "predict_fn" in self._handlers:
            prediction = self._call("predict_fn", data, self._model)
        else:
            prediction = self._model.predict(data)
        if "output_fn" not in self._handlers:
            return prediction
        return answer_of(self._call("output_fn", prediction, JSON), JSON, self._outputs, records)

    def _call(self, name: str, *arguments: object) -> object:
        """Call a handler where there is one, with a context where it takes one argument more."""
        handler = self._handlers.get(name)
        if handler is None:
            return None
        takes_context = len(inspect.signature(handler).parameters) == len(arguments) + 1
        return handler(*arguments, self._context) if takes_context else handler(*arguments)


def handlers_of(module: object, entry: str) -> dict:
    """What a script defines, by name. @raises CannotLoad where SageMaker would not take it either"""
    names = ("pre_model_fn", "model_fn", "model_warmup_fn", *PARTS, "transform_fn")
    handlers = {name: getattr(module, name) for name in names if callable(getattr(module, name, None))}
    if "model_fn" not in handlers:
        raise CannotLoad(f"{entry} defines no model_fn(model_dir): define it, it loads the model and returns it")
    beside = [name for name in PARTS if name in handlers]
    if "transform_fn" in handlers and beside:
        raise CannotLoad(f"{entry} defines transform_fn, which does it all, and {beside[0]} beside it: leave one of them")
    return handlers


def array_of(columns: dict) -> object:
    """What a script without an input_fn gets: an array with a row a record, or a table where columns are text."""
    arrays = list(columns.values())
    if len(arrays) == 1:
        return as_row(arrays[0])
    if any(isinstance(array, list) for array in arrays):
        return [list(row) for row in zip(*arrays)]
    if any(array.dtype.kind == "O" for array in arrays):
        try:
            import pandas
        except ImportError:
            pass
        else:
            return pandas.DataFrame(columns)
    import numpy

    return numpy.column_stack(arrays)


def as_row(array: object) -> object:
    return array.reshape(-1, 1) if getattr(array, "ndim", 0) == 1 and array.dtype.kind != "O" else array


def records_in(columns: dict) -> int:
    return len(next(iter(columns.values())))


def joined(answers: list) -> list:
    """The entries of requests of one record each."""
    return [only_entry(answer.tolist() if hasattr(answer, "tolist") else answer) for answer in answers]


def only_entry(answer: object) -> object:
    if isinstance(answer, Mapping):
        return {name: only_entry(value) for name, value in answer.items()}
    return answer[0] if isinstance(answer, (list, tuple)) and len(answer) == 1 else answer
