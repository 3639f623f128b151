"""The exceptions: the tree in the docstring, their text, and copies of them."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
from typing import Any

import pytest

from vfx_widgets import errors
from vfx_widgets.errors import VfxError

ALL_ERRORS = [value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, VfxError)]
ATTRIBUTES: dict[str, dict[str, Any]] = {
    "ConnectionFailed": {"sent": True},
    "OperationFailed": {"reason": "PUBLIC_ERROR_MINOR", "code": 3},
}
SERVICE_ATTRIBUTES = {
    "http_status": 429,
    "reason": "PUBLIC_ERROR_HIGH_TRAFFIC",
    "server_message": "no",
    "retry_after": 7.0,
}


def example(kind: type[VfxError]) -> VfxError:
    """Return an error of this class with a value for every attribute."""
    attributes = SERVICE_ATTRIBUTES if issubclass(kind, errors.ServiceError) else ATTRIBUTES.get(kind.__name__, {})
    error = kind("It did not work.", hint="Try the other one.", **attributes)
    error.preserved = "The file was kept."
    return error


def drawn_tree() -> dict[str, str]:
    """Return each class in the tree of the module's docstring with its base class."""
    parents: dict[str, str] = {}
    path: list[str] = []
    assert errors.__doc__ is not None
    for line in errors.__doc__.splitlines():
        if match := re.match(r"^    ([│├└─ ]*)([A-Z]\w+)", line):
            depth = len(match[1]) // 4
            path[depth:] = [match[2]]
            parents[match[2]] = path[depth - 1] if depth else "Exception"
    return parents


def test_the_tree_in_the_docstring_is_the_real_one() -> None:
    assert drawn_tree() == {kind.__name__: kind.__bases__[0].__name__ for kind in ALL_ERRORS}


@pytest.mark.parametrize(
    ("kind", "also"), [(errors.InputError, ValueError), (errors.MissingExtra, ImportError), (VfxError, Exception)]
)
def test_errors_are_also_the_corresponding_builtin_errors(kind: type[VfxError], also: type[Exception]) -> None:
    with pytest.raises(also, match="It did not work"):
        raise kind("It did not work.")


@pytest.mark.parametrize("kind", ALL_ERRORS)
def test_every_error_has_its_own_docstring(kind: type[VfxError]) -> None:
    assert kind.__doc__
    assert kind.__doc__ not in [base.__doc__ for base in kind.__mro__[1:]]


@pytest.mark.parametrize("kind", ALL_ERRORS)
def test_the_text_of_an_error_joins_message_preserved_and_hint(kind: type[VfxError]) -> None:
    assert str(example(kind)) == "It did not work. The file was kept. Try the other one."
    assert str(kind("It did not work.")) == "It did not work."


@pytest.mark.parametrize("kind", ALL_ERRORS)
def test_every_error_can_be_copied_and_pickled_with_all_attributes(kind: type[VfxError]) -> None:
    error = example(kind)
    for duplicate in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert duplicate is not error
        assert type(duplicate) is kind
        assert str(duplicate) == str(error)
        assert vars(duplicate) == vars(error)
        assert duplicate.args == error.args


@pytest.mark.parametrize("kind", ALL_ERRORS)
def test_a_copy_has_neither_the_traceback_nor_the_context_of_the_original(kind: type[VfxError]) -> None:
    error = example(kind)
    error.__cause__ = ValueError("cause")
    with pytest.raises(kind) as caught:
        raise error
    duplicate = copy.copy(caught.value)
    assert (duplicate.__traceback__, duplicate.__cause__, duplicate.__context__) == (None, None, None)


def test_what_was_preserved_can_be_added_later() -> None:
    error = errors.BrokenDownload("The download broke.", hint="Save it again.")
    error.preserved = "The clip is upsampled."
    assert str(error) == "The download broke. The clip is upsampled. Save it again."
