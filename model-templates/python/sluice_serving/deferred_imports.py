"""Modules that other libraries import and predictions mostly do without: they are imported when somebody needs them.

scikit-learn imports all of scipy.stats for a handful of functions that are for fitting, and SciPy imports NumPy's test
and Fortran tools by a star: together a third of the time that a forest takes to start. Between these importers, and only
there, a stand-in is put in the place of the module. Whoever else touches it, by an import or by an attribute, gets the
real one, imported there and then as it always is; nothing of a user's code ever sees a stand-in without that.
"""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import ModuleSpec, PathFinder
from types import MethodType, ModuleType
from typing import NamedTuple


class Deferral(NamedTuple):
    """Whose import of a module can wait, and which of its names they only call or look into."""

    importers: tuple
    names: frozenset = frozenset()


ARRAY_API = ("scipy._lib.array_api_compat.", "sklearn.externals.array_api_compat.")
DEFERRED = {
    "scipy.stats": Deferral(("sklearn.",), frozenset({"rankdata", "gmean", "spearmanr", "chi2"})),
    "numpy.f2py": Deferral(ARRAY_API),
    "numpy.testing": Deferral(ARRAY_API),
}
PASSES_ON = ("importlib", "scipy", "numpy")
"""Frames of the import system, and of packages that import a part of themselves when it is asked for."""
OF_THE_IMPORT = ("__name__", "__spec__", "__loader__", "__package__", "__path__", "__file__", "__cached__")
"""What the import system asks a module for, whoever imports it."""

really_importing: set = set()
"""Names that are being imported for real."""


class Finder:
    """Finds a stand-in where a module is imported by one who can wait for it."""

    @staticmethod
    def find_spec(name: str, path=None, target=None):
        if target is None and name.rpartition(".")[0] in DEFERRED and name in sys.modules:
            return ModuleSpec(name, Imported(sys.modules[name]))
        deferral = DEFERRED.get(name)
        if deferral is None or name in really_importing or not can_wait(sys._getframe(1), deferral):
            return None
        real = PathFinder.find_spec(name, path)
        if real is None:
            return None
        spec = ModuleSpec(name, StandInLoader, origin=real.origin, is_package=True)
        spec.submodule_search_locations = real.submodule_search_locations
        return spec


class StandInLoader:
    @staticmethod
    def create_module(spec):
        return StandIn(spec.name)

    @staticmethod
    def exec_module(module) -> None:
        pass


class Imported:
    """A part that was imported with its package, while it was still being looked for."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._spec = module.__spec__

    def create_module(self, spec):
        return self._module

    def exec_module(self, module) -> None:
        module.__spec__ = self._spec


class StandIn(ModuleType):
    """In the place of a module until somebody needs it; from then on a way to it."""

    def __getattribute__(self, name: str):
        own = ModuleType.__getattribute__(self, "__dict__")
        real = own.get("__real__")
        if real is not None:
            return getattr(real, name)
        frame, deferral = sys._getframe(1), DEFERRED[own["__name__"]]
        if name == "__class__" or name in OF_THE_IMPORT and can_wait(frame, deferral) and not is_for_a_part(frame):
            return ModuleType.__getattribute__(self, name)
        if name in deferral.names and can_wait(frame, deferral) and is_being_imported(frame):
            return Named(own, name)
        return getattr(real_module(own), name)

    def __setattr__(self, name: str, value: object) -> None:
        own = ModuleType.__getattribute__(self, "__dict__")
        # What the import system writes down of a module before it is anybody's.
        if "__real__" in own or not name.startswith("__"):
            return setattr(real_module(own), name, value)
        ModuleType.__setattr__(self, name, value)

    def __dir__(self):
        return dir(real_module(ModuleType.__getattribute__(self, "__dict__")))


class Named:
    """In the place of what was imported by its name, until it is called or looked into."""

    def __init__(self, own: dict, name: str) -> None:
        self._place = (own, name)

    def __call__(self, *arguments, **named):
        return self._real()(*arguments, **named)

    def __get__(self, instance, owner=None):
        return self if instance is None else MethodType(self, instance)

    def __getattr__(self, name: str):
        return getattr(self._real(), name)

    def _real(self):
        own, name = self._place
        return getattr(real_module(own), name)


def real_module(own: dict) -> ModuleType:
    """The module itself, imported as any other, and put wherever its stand-in was. Threads meet at the import's own lock."""
    if "__real__" in own:
        return own["__real__"]
    name = own["__name__"]
    really_importing.add(name)
    if type(sys.modules.get(name)) is StandIn:
        del sys.modules[name]
    package, _, part = name.rpartition(".")
    if type(vars(sys.modules[package]).get(part)) is StandIn:
        delattr(sys.modules[package], part)
    own["__real__"] = module = importlib.import_module(name)
    for holder in importers_of(name):
        for key, value in list(vars(holder).items()):
            if type(value) is StandIn and vars_of(value) is own:
                vars(holder)[key] = module
            elif type(value) is Named and value._place[0] is own:
                vars(holder)[key] = getattr(module, value._place[1])
    return module


def vars_of(stand_in: StandIn) -> dict:
    return ModuleType.__getattribute__(stand_in, "__dict__")


def waiting() -> dict:
    """The stand-ins that nobody has needed yet, by name."""
    found = {name: sys.modules.get(name) for name in DEFERRED}
    return {name: vars_of(one) for name, one in found.items() if type(one) is StandIn}


def importers_of(name: str) -> list:
    """The modules that may hold a stand-in of a module."""
    prefixes = DEFERRED[name].importers
    return [module for at, module in list(sys.modules.items()) if f"{at}.".startswith(prefixes) and module is not None]


def can_wait(frame, deferral: Deferral) -> bool:
    """Whether one for whom it can wait is at work there, or at an import."""
    importer = behind_imports(frame)
    if importer is None or importer.f_code.co_name not in ("<module>", "clone_module"):
        return False
    return f"{importer.f_globals.get('__name__')}.".startswith(deferral.importers)


def behind_imports(frame):
    """The frame of the one who imports, behind those of the import system."""
    while frame is not None:
        name = str(frame.f_globals.get("__name__", "")).split(".")[0]
        passes_on = name in ("importlib", "") or frame.f_code.co_name == "__getattr__" and name in PASSES_ON
        if not passes_on:
            return frame
        frame = frame.f_back
    return None


def is_for_a_part(frame) -> bool:
    """A part of a package is never imported before the package."""
    return frame.f_code.co_name == "_find_and_load_unlocked"


def is_being_imported(frame) -> bool:
    """Whether a name is asked for by `from module import name`, and not by code that uses it."""
    return frame.f_code.co_name in ("<module>", "_handle_fromlist")


def install() -> None:
    if Finder not in sys.meta_path:
        sys.meta_path.insert(0, Finder)
