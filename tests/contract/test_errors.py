"""The family of errors is whole: each leaf has a status, a code of its own, and its line in the tree."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from service import errors
from service.api.errors import STATUS, TITLES
from service.errors import FiryadError


def family(root: type[FiryadError] = FiryadError) -> Iterator[type[FiryadError]]:
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
            yield from family(child)


FAMILY = list(family())
LEAVES = [member for member in FAMILY if not member.__subclasses__()]
TREE = dict(re.findall(r"[├└]── (\w+)(?: +([a-z-]+)(?=  ))?", errors.__doc__ or ""))


def test_every_error_has_a_status_that_has_a_title() -> None:
    assert set(STATUS) == {FiryadError, *FAMILY}
    assert {status for status in STATUS.values() if status not in TITLES} == set()


def test_every_error_of_the_service_is_in_the_family() -> None:
    assert [member for member in FAMILY if member.__module__ != errors.__name__] == []
    strangers = [one for one in FiryadError.__subclasses__() if one.__module__ != errors.__name__]
    assert [one for one in strangers if one.__module__.startswith("service")] == []


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.__name__)
def test_every_leaf_has_its_code_and_its_line_in_the_tree(leaf: type[FiryadError]) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", leaf.__dict__["code"])
    assert TREE[leaf.__name__] == leaf.code
    assert leaf.__doc__


def test_codes_are_unique() -> None:
    codes = [leaf.code for leaf in LEAVES]
    assert len(set(codes)) == len(codes)
    assert FiryadError.code not in codes


def test_the_tree_names_nothing_else() -> None:
    assert set(TREE) == {member.__name__ for member in FAMILY}


def test_a_fault_of_the_caller_is_not_told_as_ours() -> None:
    for leaf in LEAVES:
        ours = not issubclass(leaf, errors.InputError | errors.ComplaintNotFound)
        assert (STATUS[leaf] >= 500) is ours, leaf
