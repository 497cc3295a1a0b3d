"""From named columns to the one matrix that boosted trees take: in the order of the features, categories as numbers."""

from __future__ import annotations

import numpy

from .reasons import BadRequest, CannotLoad

MOST_TOLD = 10


class FeatureMatrix:
    """How columns become rows of one model."""

    def __init__(self, features: list | None, categories: dict, inputs: tuple | None, dtype: str) -> None:
        """@param categories by name of the feature: its categories in the order of their numbers"""
        self._features = features
        self._dtype = dtype
        self._codes = {name: {value: code for code, value in enumerate(names)} for name, names in categories.items()}
        named = {field.name for field in inputs or () if not field.shape}
        if features is not None and named and named != set(features) and len(named) != len(features):
            missing = sorted(set(features) - named) or sorted(named - set(features))
            raise CannotLoad(f"the signature and the model differ about the input '{missing[0]}'")

    def of(self, columns: dict) -> numpy.ndarray:
        """One row a record. @raises BadRequest for a category that the model does not know"""
        if len(columns) == 1:
            (column,) = columns.values()
            if column.ndim > 1:
                return numpy.ascontiguousarray(column.reshape(len(column), -1), dtype=self._dtype)
        if self._features is not None and set(self._features) == set(columns):
            columns = {name: columns[name] for name in self._features}
        matrix = numpy.empty((len(next(iter(columns.values()))), len(columns)), dtype=self._dtype)
        for at, (name, column) in enumerate(columns.items()):
            codes = self._codes.get(name)
            matrix[:, at] = column if codes is None else [code_of(name, codes, *one) for one in enumerate(column.tolist())]
        return matrix


def code_of(name: str, codes: dict, record: int, value: object) -> int:
    code = codes.get(value)
    if code is None:
        known = ", ".join(map(str, list(codes)[:MOST_TOLD])) + (", …" if len(codes) > MOST_TOLD else "")
        raise BadRequest(f"input {name} of record {record} is {repr(value)[:60]}: the model knows {known}")
    return code
