"""The messages between page and kernel, declared once in Python and once in JavaScript."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import inspect

from tests.support.jsdoc import Field, array, parse_object, parse_type, read_typedefs, union
from vfx_widgets.widgets.shared import messages
from vfx_widgets.widgets.shared.messages import Ack, KernelMessage, Notice, PageMessage, Submit, decode, encode
from vfx_widgets.widgets.shared.view import PanelView

SHARED = Path(messages.__file__).parent
STRUCTS: dict[str, type[msgspec.Struct]] = {
    name: value
    for name, value in vars(messages).items()
    if isinstance(value, type) and issubclass(value, msgspec.Struct) and value not in (PageMessage, KernelMessage)
}
TYPEDEFS = read_typedefs((SHARED / "messages.js").read_text("utf-8"))
SCALARS = {
    inspect.StrType: "string",
    inspect.IntType: "number",
    inspect.FloatType: "number",
    inspect.BoolType: "boolean",
    inspect.NoneType: "null",
}


def javascript(type: inspect.Type) -> str:
    """Return a type as JSDoc writes it."""
    match type:
        case inspect.StructType():
            return type.cls.__name__
        case inspect.LiteralType():
            return union([f'"{value}"' for value in type.values])
        case inspect.UnionType():
            return union([javascript(member) for member in type.types])
        case inspect.ListType():
            return array(javascript(type.item_type))
        case inspect.DictType():
            return f"Record<{javascript(type.key_type)},{javascript(type.value_type)}>"
        case _:
            return SCALARS[type.__class__]


def fields_of(struct: type[msgspec.Struct]) -> dict[str, Field]:
    """Return the fields of a struct as JSDoc has them."""
    info: Any = inspect.type_info(struct)
    tag = {info.tag_field: Field(f'"{info.tag}"', False)} if info.tag_field else {}
    return tag | {field.encode_name: Field(javascript(field.type), not field.required) for field in info.fields}


def test_the_scripts_declare_the_same_messages_and_values() -> None:
    assert {name for name, type in TYPEDEFS.items() if type.startswith("{")} == set(STRUCTS)


@pytest.mark.parametrize("name", sorted(STRUCTS))
def test_each_declaration_has_the_same_fields_and_types(name: str) -> None:
    assert parse_object(TYPEDEFS[name]) == fields_of(STRUCTS[name])


@pytest.mark.parametrize("base", [PageMessage, KernelMessage])
def test_the_unions_have_all_messages(base: type[msgspec.Struct]) -> None:
    assert parse_type(TYPEDEFS[base.__name__]) == union([kind.__name__ for kind in base.__subclasses__()])


def test_the_scripts_declare_the_same_traits() -> None:
    declared = parse_object(read_typedefs((SHARED / "traits.js").read_text("utf-8"))["Traits"])
    own = {name for name in PanelView.class_trait_names(sync=True) if name in vars(PanelView)}
    assert set(declared) == own


def test_a_message_is_decoded_by_its_type() -> None:
    content = {
        "type": "submit",
        "media_ids": "a",
        "token": "",
        "model": "",
        "aspect_ratio": "",
        "seed": "",
        "method": "",
        "serial": 1,
    }
    assert decode(content) == Submit("a", "", "", "", "", "", 1)


@pytest.mark.parametrize(
    "content",
    [None, [], {}, {"type": "submit"}, {"type": "rows", "rows": [], "summary": None}, {"type": "show", "id": 1}],
)
def test_what_the_page_never_sends_is_invalid(content: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode(content)


def test_the_repr_of_a_message_does_not_show_the_token() -> None:
    assert repr(Submit("a", "ya29.secret", "", "", "", "", 1)) == "Submit()"


def test_parts_of_a_notice_that_are_empty_are_not_sent() -> None:
    assert encode(Notice("info", "Hello.")) == {"kind": "info", "message": "Hello."}
    assert encode(Ack()) == {"type": "ack"}
