"""The body that a SageMaker script's own input_fn or transform_fn is given.

The request is read and checked before it comes here, so the script may have it in the form that it parses. Which one that
is stands in its source: whether it reads CSV or JSON, under which key it looks for the records, and whether it makes a
table of named columns of them. Nothing of a request decides it.
"""

from __future__ import annotations

import ast
import csv
import io
import json
from dataclasses import dataclass

JSON = "application/json"
CSV = "text/csv"
INSTANCES = "instances"


@dataclass(frozen=True)
class Form:
    """How a body looks: `{envelope: [one entry a record]}`, or the bare list, or one object where it is one by one."""

    content_type: str = JSON
    envelope: str | None = None
    objects: bool = False
    one_by_one: bool = False

    def __str__(self) -> str:
        if self.content_type == CSV:
            return "text/csv, a line a record"
        if self.one_by_one:
            return "application/json, one object a record"
        entries = '[{"name": value}, …]' if self.objects else "[[value, …], …]"
        return f"application/json, {entries if self.envelope is None else f'{{{json.dumps(self.envelope)}: {entries}}}'}"


def form_of(source: str, names: tuple) -> Form:
    """The form that a script parses. @param names of the inputs, none where they are not known"""
    tree = ast.parse(source)
    keys = keys_of_json(tree)
    if keys is None:
        return Form(CSV) if reads_csv(tree) else Form()
    if INSTANCES in keys:
        return Form(envelope=INSTANCES, objects=makes_table(tree, names))
    if keys and len(names) > 1 and set(keys) <= set(names):
        return Form(objects=True, one_by_one=True)
    return Form(envelope=keys[0] if keys else None, objects=makes_table(tree, names))


def keys_of_json(tree: ast.AST) -> list | None:
    """What is looked up in parsed JSON, in the order of the source; None where no JSON is parsed."""
    parsed = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and parses_json(node.func)]
    if not parsed:
        return None if not calls(tree, "read_json") else []
    holders = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value in parsed
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    found = [
        (node.lineno, node.col_offset, key)
        for node in ast.walk(tree)
        for looked_in, key in [look_up(node)]
        if isinstance(key, str) and (looked_in in parsed or getattr(looked_in, "id", None) in holders)
    ]
    return list(dict.fromkeys(key for _, _, key in sorted(found)))


def parses_json(function: ast.AST) -> bool:
    if isinstance(function, ast.Attribute):
        return function.attr in ("load", "loads") and getattr(function.value, "id", "").endswith("json")
    return getattr(function, "id", None) == "loads"


def look_up(node: ast.AST) -> tuple:
    """What `thing["key"]`, `thing.get("key")` and `"key" in thing` look into, and for what."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return node.value, node.slice.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
        return node.func.value, getattr(node.args[0], "value", None)
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In) and isinstance(node.left, ast.Constant):
        return node.comparators[0], node.left.value
    return None, None


def reads_csv(tree: ast.AST) -> bool:
    named = any(isinstance(node, ast.Constant) and node.value == CSV for node in ast.walk(tree))
    return named or any(calls(tree, name) for name in ("read_csv", "genfromtxt", "loadtxt"))


def makes_table(tree: ast.AST, names: tuple) -> bool:
    """Whether the records become a table whose columns get their names from the records themselves."""
    tables = calls(tree, "DataFrame") + calls(tree, "from_records") + calls(tree, "json_normalize")
    return len(names) > 1 and any(all(word.arg != "columns" for word in table.keywords) for table in tables)


def calls(tree: ast.AST, name: str) -> list:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call) and name_of(node.func) == name]


def name_of(function: ast.AST) -> str | None:
    return getattr(function, "attr", getattr(function, "id", None))


def bodies_of(form: Form, columns: dict) -> list:
    """The texts that together hold all records: one, or one a record."""
    values = [column if isinstance(column, list) else column.tolist() for column in columns.values()]
    if form.objects:
        entries = [dict(zip(columns, row)) for row in zip(*values)]
    else:
        entries = values[0] if len(values) == 1 else [list(row) for row in zip(*values)]
    if form.content_type == CSV:
        return [csv_of(entries)]
    if form.one_by_one:
        return [json.dumps(entry) for entry in entries]
    return [json.dumps(entries if form.envelope is None else {form.envelope: entries})]


def csv_of(entries: list) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(entry if isinstance(entry, list) else [entry] for entry in entries)
    return text.getvalue()
