"""The recipes in training/, which is no package."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

from conftest import ROOT


def load_recipe(name: str) -> ModuleType:
    """A recipe by its file's name; what recipes share is beside them."""
    path = str(ROOT / "training")
    if path not in sys.path:
        sys.path.append(path)
    spec = importlib.util.spec_from_file_location(f"recipe_{name}", f"{path}/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    recipe = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = recipe  # where dataclasses look for it
    spec.loader.exec_module(recipe)
    return recipe
