"""Media IDs: their fields, how they are found in pasted text, and the messages about malformed ones."""

from __future__ import annotations

import base64
import json
import textwrap

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.captured_exchange import (
    KEY,
    PROJECT,
    RESULT_ID,
    RESULT_WORKFLOW,
    SCENE_ID,
    SOURCE_ID,
    SOURCE_WORKFLOW,
    TOKEN,
    captured,
    media_id,
)
from vfx_widgets import MediaId
from vfx_widgets.errors import MediaIdError
from vfx_widgets.sandbox.media_ids import MediaName

IMAGE_ID = media_id(kind=3)
OTHER_ID = media_id(key="0d3f4a52-9f0b-4f0e-8a55-6f1e2f2b7c11")
UUID = "0d3f4a52-9f0b-4f0e-8a55-6f1e2f2b7c11"


def test_the_captured_source_id_is_decoded() -> None:
    assert MediaId.parse(SOURCE_ID) == MediaId(
        text=SOURCE_ID, type="video", project=PROJECT, workflow=SOURCE_WORKFLOW, step="CAE", key=KEY
    )
    assert MediaId.parse(SOURCE_ID).check().problem is None


def test_the_captured_result_id_is_decoded_and_is_upsampled() -> None:
    result = MediaId.parse(RESULT_ID)
    assert result == MediaId(
        text=RESULT_ID,
        type="video",
        project=PROJECT,
        workflow=RESULT_WORKFLOW,
        step="CAE",
        key=f"{KEY}_upsampled",
    )
    assert result.is_upsampled
    assert not MediaId.parse(SOURCE_ID).is_upsampled


def test_the_encoder_of_the_tests_reproduces_the_captured_ids() -> None:
    assert media_id() == SOURCE_ID
    assert media_id(workflow=RESULT_WORKFLOW, key=f"{KEY}_upsampled") == RESULT_ID


@pytest.mark.parametrize("length", range(1, 162))
def test_a_source_id_of_any_shorter_length_is_reported_as_cut_off(length: int) -> None:
    for parse in (MediaId.parse, MediaId.find_all):
        with pytest.raises(MediaIdError) as caught:
            parse(SOURCE_ID[:length])
        assert f"cut off: {length} of 162 characters" in str(caught.value)
        assert "nvalid" not in str(caught.value)


@pytest.mark.parametrize("length", range(1, 175))
def test_the_expected_length_of_a_cut_off_result_id_is_known_once_its_key_starts(length: int) -> None:
    with pytest.raises(MediaIdError) as caught:
        MediaId.parse(RESULT_ID[:length])
    assert f"cut off: {length} of {162 if length < 114 else 175} characters" in str(caught.value)


def test_a_cut_off_id_in_a_longer_text_is_reported() -> None:
    with pytest.raises(MediaIdError, match="cut off: 161 of 162"):
        MediaId.find_all(f"{OTHER_ID}\n{SOURCE_ID[:161]}\n")


@pytest.mark.parametrize(
    ("extra", "message"), [("x", "1 character too long: 163"), ("xyz", "3 characters too long: 165")]
)
def test_trailing_characters_are_counted(extra: str, message: str) -> None:
    with pytest.raises(MediaIdError, match=message):
        MediaId.parse(SOURCE_ID + extra)


def test_two_ids_without_a_separator_are_reported_as_one_that_is_too_long() -> None:
    with pytest.raises(MediaIdError, match="175 characters too long: 337, not 162"):
        MediaId.parse(SOURCE_ID + RESULT_ID)


def test_an_id_with_an_error_in_the_middle_is_reported_as_damaged() -> None:
    with pytest.raises(MediaIdError, match="damaged"):
        MediaId.parse(SOURCE_ID[:40] + "____" + SOURCE_ID[44:])


@pytest.mark.parametrize("number", [b"\x1a\xff\xff\x7f", b"\x08\xff\xff\xff\xff\xff\x7f"])
def test_an_impossible_field_length_is_reported_as_damage(number: bytes) -> None:
    text = base64.urlsafe_b64encode(b"\x08\x05\x12\x24" + PROJECT.encode() + number).decode().rstrip("=")
    with pytest.raises(MediaIdError, match="damaged"):
        MediaId.parse(text)


def test_an_image_is_refused() -> None:
    image = MediaId.parse(IMAGE_ID)
    assert image.type == "image"
    assert "This is an image" in image.explain()
    with pytest.raises(MediaIdError, match="This is an image"):
        image.check()


def test_media_of_an_unknown_type_is_refused() -> None:
    with pytest.raises(MediaIdError, match="neither a video nor an image"):
        MediaId.parse(media_id(kind=7)).check()


def test_a_result_is_refused_as_already_upsampled() -> None:
    assert "already upsampled" in MediaId.parse(RESULT_ID).explain()
    with pytest.raises(MediaIdError, match="already upsampled"):
        MediaId.parse(RESULT_ID).check()
    with pytest.raises(MediaIdError, match="already upsampled"):
        MediaId.parse(f"{UUID}_upsampled").check()


@pytest.mark.parametrize("uuid", [UUID, UUID.upper()])
def test_a_plain_uuid_is_accepted_but_cannot_be_checked(uuid: str) -> None:
    plain = MediaId.parse(uuid)
    assert plain == MediaId(text=uuid, type="unknown", key=uuid)
    assert not plain.is_checkable
    assert plain.check() is plain
    assert "can't be checked until submitted" in plain.explain()


def test_the_explanation_has_key_project_and_workflow() -> None:
    explanation = MediaId.parse(SOURCE_ID).explain()
    assert all(part in explanation for part in ("Video", KEY, PROJECT, SOURCE_WORKFLOW))


def test_parsing_a_media_id_returns_it() -> None:
    parsed = MediaId.parse(RESULT_ID)
    assert MediaId.parse(parsed) is parsed


def test_the_text_of_a_media_id_is_the_notation_of_the_service() -> None:
    assert f"{MediaId.parse(SOURCE_ID)}" == SOURCE_ID


PASTED = {
    "bare": SOURCE_ID,
    "in double quotes": f'"{SOURCE_ID}"',
    "in single quotes": f"'{SOURCE_ID}'",
    "in typographic quotes": f"“{SOURCE_ID}”",
    "in backticks": f"`{SOURCE_ID}`",
    "in brackets": f"[({SOURCE_ID})]",
    "with a comma": f"{SOURCE_ID},",
    "with a full stop": f"{SOURCE_ID}.",
    "with spaces and line breaks": f" \t{SOURCE_ID}\r\n",
    "with a no-break space": f"\u00a0{SOURCE_ID}\u00a0",
    "with a byte order mark": f"\ufeff{SOURCE_ID}",
    "with one padding character": f"{SOURCE_ID}=",
    "with two padding characters": f"{SOURCE_ID}==",
    "with padding in percent form": f"{SOURCE_ID}%3D%3D",
    "as a query parameter": f"https://example.org/edit?mediaId={SOURCE_ID}&x=1",
    "with padding as a query parameter": f"https://example.org/edit?mediaId={SOURCE_ID}%3D%3D&x=1",
    "at the end of a path": f"https://example.org/video/{SOURCE_ID}",
    "with its name": f"mediaId: {SOURCE_ID}",
    "in JSON": json.dumps({"mediaId": SOURCE_ID}),
    "in JSON inside JSON": json.dumps(json.dumps({"mediaId": SOURCE_ID})),
    "as the captured request": captured("submit_request").decode(),
    "as the captured request, escaped": json.dumps(captured("submit_request").decode()),
    "in a sentence with words like one": f"CALIFORNIA_DREAMING, cancellations, causeways: please take {SOURCE_ID} now",
    "as a list item": f"- {SOURCE_ID}",
    "broken by a terminal of 80 columns": "\n".join(textwrap.wrap(SOURCE_ID, 80)),
    "broken by a terminal of 40 columns": "\n".join(textwrap.wrap(SOURCE_ID, 40)),
    "broken by Windows": f"{SOURCE_ID[:80]}\r\n{SOURCE_ID[80:]}",
    "broken and indented": f"  {SOURCE_ID[:76]}\n    {SOURCE_ID[76:]}",
    "broken by a mail": f"> {SOURCE_ID[:76]}\n> {SOURCE_ID[76:]}",
    "broken by a mail in quoted-printable": f"{SOURCE_ID[:75]}=\n{SOURCE_ID[75:150]}=\n{SOURCE_ID[150:]}",
    "broken by a shell": f"{SOURCE_ID[:80]}\\\n{SOURCE_ID[80:]}",
    "broken, in quotes, with a comma": f'"{SOURCE_ID[:80]}\n{SOURCE_ID[80:]}",',
    "with the break turned into a space": f"{SOURCE_ID[:80]} {SOURCE_ID[80:]}",
    "with one character on the second line": f"{SOURCE_ID[:161]}\n{SOURCE_ID[161:]}",
}


@pytest.mark.parametrize("pasted", PASTED.values(), ids=PASTED.keys())
def test_an_id_is_found_in_any_pasted_form(pasted: str) -> None:
    assert MediaId.find_all(pasted) == [MediaId.parse(SOURCE_ID)]
    assert MediaId.parse(pasted).text == SOURCE_ID


SEVERAL = {
    "on lines": f"{SOURCE_ID}\n{OTHER_ID}\n",
    "on lines, with empty ones": f"\n{SOURCE_ID}\n\n\n{OTHER_ID}",
    "in a row": f"{SOURCE_ID} {OTHER_ID}",
    "with commas": f"{SOURCE_ID},{OTHER_ID}",
    "as CSV": f'1,"{SOURCE_ID}","first"\r\n2,"{OTHER_ID}","second"\r\n',
    "as a Python list": repr([SOURCE_ID, OTHER_ID]),
    "as a JSON list": json.dumps([SOURCE_ID, OTHER_ID], indent=2),
    "each one twice": f"{SOURCE_ID}\n{OTHER_ID}\n{SOURCE_ID}\n{OTHER_ID}",
    "each broken over two lines": "\n".join(part for each in (SOURCE_ID, OTHER_ID) for part in (each[:80], each[80:])),
    "as the words of a terminal": "\n".join(textwrap.wrap(f"{SOURCE_ID} {OTHER_ID}", 80)),
}


@pytest.mark.parametrize("pasted", SEVERAL.values(), ids=SEVERAL.keys())
def test_several_ids_are_found_once_each_and_in_order(pasted: str) -> None:
    assert [each.text for each in MediaId.find_all(pasted)] == [SOURCE_ID, OTHER_ID]


def test_parse_refuses_several_ids_and_counts_them() -> None:
    with pytest.raises(MediaIdError, match="contains 2 media IDs"):
        MediaId.parse(f"{SOURCE_ID}\n{OTHER_ID}")


def test_a_next_line_of_the_right_length_that_does_not_complete_the_key_is_not_joined() -> None:
    stranger = media_id(key="no media key, though of its length!!")[114:]
    with pytest.raises(MediaIdError, match="cut off: 114 of 162"):
        MediaId.find_all(f"{SOURCE_ID[:114]}\n{stranger}")


def test_a_cut_off_id_is_not_joined_with_an_unrelated_line() -> None:
    for next_line in (OTHER_ID, "Hello", "x" * 82, UUID):
        with pytest.raises(MediaIdError, match="cut off: 80 of 162"):
            MediaId.find_all(f"{SOURCE_ID[:80]}\n{next_line}")


def test_the_media_id_that_the_captured_reply_repeats_is_found_once() -> None:
    assert MediaId.find_all(captured("status_response_successful").decode()) == [MediaId.parse(RESULT_ID)]


@pytest.mark.parametrize("name", ["submit_response", "status_request"])
def test_scene_ids_and_operation_names_are_not_media_ids(name: str) -> None:
    with pytest.raises(MediaIdError, match="not a media ID"):
        MediaId.find_all(captured(name).decode())


@pytest.mark.parametrize(
    "pasted",
    [
        f'{{"sceneId": "{SCENE_ID}", "mediaId": "{UUID}"}}',
        f"{{'sceneId': '{SCENE_ID}', 'mediaId': '{UUID}'}}",
        json.dumps(json.dumps({"sceneId": SCENE_ID, "mediaId": UUID})),
        f'sceneId: "{SCENE_ID}"\nmediaId: "{UUID}"',
        f"project_id={SCENE_ID} media_id={UUID}",
        f'{{"primaryMediaId":"{UUID}","projectId":"{SCENE_ID}"}}',
    ],
)
def test_a_uuid_with_another_label_is_ignored(pasted: str) -> None:
    assert [each.text for each in MediaId.find_all(pasted)] == [UUID]


def test_a_uuid_that_is_the_key_of_another_id_is_ignored() -> None:
    assert [each.text for each in MediaId.find_all(f"{KEY}\n{SOURCE_ID}\n{UUID}")] == [SOURCE_ID, UUID]


def test_an_id_inside_a_word_is_not_found() -> None:
    with pytest.raises(MediaIdError, match="not a media ID"):
        MediaId.find_all(f"x{SOURCE_ID}")


@pytest.mark.parametrize(
    "damaged", [SOURCE_ID[1:], f"x{SOURCE_ID}", f'"{SOURCE_ID[2:]}",'], ids=["cut", "more", "quoted"]
)
@pytest.mark.parametrize("pasted", ["{0}\n{1}", "{1}\n{0}", "{0}, {1}, {0}"], ids=["last", "first", "between"])
def test_an_id_in_a_list_that_is_damaged_at_its_start_is_reported(damaged: str, pasted: str) -> None:
    with pytest.raises(MediaIdError, match="not a media ID"):
        MediaId.find_all(pasted.format(OTHER_ID, damaged))


def test_long_values_with_another_label_or_in_a_url_are_ignored() -> None:
    long = "kQ" * 60
    pasted = f'{SOURCE_ID} "rawBytes": "{long}", "etag":"{long}" https://example.org/{long}?Signature={long}&x=1'
    assert [each.text for each in MediaId.find_all(pasted)] == [SOURCE_ID]


@pytest.mark.parametrize("text", ["", " ", "\n\t", '""', ",,,", "====", "\ufeff", "[]"])
def test_empty_text_is_reported(text: str) -> None:
    for parse in (MediaId.parse, MediaId.find_all):
        with pytest.raises(MediaIdError, match="No media ID entered"):
            parse(text)


@pytest.mark.parametrize("value", [None, 5, SOURCE_ID.encode(), [SOURCE_ID]])
def test_other_types_are_refused(value: object) -> None:
    with pytest.raises(MediaIdError, match="A media ID is text"):
        MediaId.parse(value)  # type: ignore[arg-type]


def test_other_text_is_quoted_in_part_and_the_form_of_an_id_is_explained() -> None:
    with pytest.raises(MediaIdError) as caught:
        MediaId.parse("clip one, the good one, from Tuesday, with the ferns")
    assert "not a media ID: 'clip one" in str(caught.value)
    assert "ferns" not in str(caught.value)
    assert "162 characters" in str(caught.value)


@pytest.mark.parametrize("pasted", [TOKEN, f"Bearer {TOKEN}", "Bearer abcdefghijklmnopqrst", f"authorization: {TOKEN}"])
def test_a_token_in_the_wrong_field_is_recognised_and_not_repeated(pasted: str) -> None:
    with pytest.raises(MediaIdError, match="looks like a bearer token") as caught:
        MediaId.find_all(pasted)
    assert TOKEN not in str(caught.value)
    assert "abcdefghij" not in str(caught.value)


def mutated(original: str) -> st.SearchStrategy[str]:
    """Generate a text with a few characters removed, changed or inserted."""
    characters = st.sampled_from("CAUSJ-_=aZ09 \n\"',é")

    def apply(edits: list[tuple[int, str, str]]) -> str:
        text = original
        for position, kind, character in edits:
            place = position % (len(text) + 1)
            text = text[:place] + ("" if kind == "drop" else character) + text[place + (kind != "insert") :]
        return text

    edit = st.tuples(st.integers(0, 400), st.sampled_from(["drop", "change", "insert"]), characters)
    return st.lists(edit, max_size=4).map(apply)


@settings(deadline=None, derandomize=True, max_examples=400)
@given(st.one_of(st.text(), st.text(alphabet="CAUSJMQgkbcde0123_-= \n"), mutated(SOURCE_ID), mutated(RESULT_ID)))
@example("CAUSJ" + "A" * 200)
@example(SOURCE_ID[:-1] + "//")
@example("CAUSJDcw" + "_" * 4000)
def test_any_text_is_a_media_id_or_a_media_id_error(text: str) -> None:
    for parse in (MediaId.parse, MediaId.find_all):
        try:
            parse(text)
        except MediaIdError as error:
            assert str(error)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.one_of(mutated(SOURCE_ID), mutated(f"{SOURCE_ID}\n{RESULT_ID}\n{UUID}")))
def test_a_found_id_is_found_again_in_its_own_text(text: str) -> None:
    try:
        found = MediaId.find_all(text)
    except MediaIdError:
        return
    for each in found:
        assert MediaId.parse(each.text) == each
        assert MediaId.find_all(each.text) == [each]


@settings(deadline=None, derandomize=True)
@given(st.integers(1, 15), st.uuids().map(str), st.uuids().map(str), st.uuids().map(str), st.booleans())
def test_every_id_of_the_captured_form_is_decoded(
    kind: int, project: str, workflow: str, key: str, upsampled: bool
) -> None:
    key += "_upsampled" * upsampled
    text = media_id(kind, project, workflow, "CAE", key)
    assert MediaId.find_all(f"see {text}, please") == [MediaId.parse(text)]
    read = MediaId.parse(text)
    assert (read.text, read.project, read.workflow, read.key) == (text, project, workflow, key)


@pytest.mark.parametrize("text", ["\x1b[31mred", "two\r\nlines", "\u202emirrored"])
def test_control_characters_in_a_media_id_are_refused(text: str) -> None:
    clip = MediaName(5, "5f2a1c3e-0d6b-4b7e-9a55-6d1f0c8e2b94", "5f2a1c3e-0d6b-4b7e-9a55-6d1f0c8e2b94", text)
    with pytest.raises(MediaIdError, match="damaged"):
        MediaId.parse(clip.encode())
