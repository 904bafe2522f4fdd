"""The HED tags of an events table, checked by their own tools; no network is needed, as these bring the schema."""

import io
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from hed.errors import ErrorHandler
from hed.models import Sidecar, TabularInput
from hed.schema import load_schema_version

from task.config.protocol import Protocol
from task.config.read import read_protocol
from task.export.dataset import export_person
from task.export.hed import HED_VERSION, TAGS
from task.record.columns import COLUMNS
from task.record.layout import Dataset
from tests.export.conftest import ANN, perform


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Any:
    def refuse(*_: Any) -> None:
        raise OSError("no network here")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        return load_schema_version(HED_VERSION)


def tags_in(sidecar: Path) -> Sidecar:
    """The columns that have tags: hedtools takes every key of a sidecar for a column, and stops at a plain word."""
    columns = {
        key: value
        for key, value in json.loads(sidecar.read_text()).items()
        if isinstance(value, dict) and "HED" in value
    }
    return Sidecar(io.StringIO(json.dumps(columns)))


@pytest.mark.parametrize("name", ["demo", "separate_feedback"])
def test_the_tags_of_every_events_file_are_right(dataset: Dataset, schema: Any, name: str) -> None:
    perform(dataset, read_protocol(name))
    (path,) = export_person(dataset, ANN).events
    sidecar, handler = tags_in(path.with_suffix(".json")), ErrorHandler(check_for_warnings=True)
    assert sidecar.validate(schema, error_handler=handler) == []
    issues = TabularInput(str(path), sidecar=sidecar).validate(schema, error_handler=handler)
    assert {issue["code"] for issue in issues} <= {"HED_UNKNOWN_COLUMN"}  # the columns without tags
    said = TabularInput(str(path), sidecar=sidecar).series_a
    assert all("Sensory-event" in one for one in said) and any("Feedback" in one for one in said)


def test_a_wrong_tag_would_have_been_found(dataset: Dataset, demo: Protocol, schema: Any) -> None:
    perform(dataset, demo)
    (path,) = export_person(dataset, ANN).events
    sidecar = path.with_suffix(".json")
    sidecar.write_text(sidecar.read_text().replace("Participant-response, Press", "Participant-response, Pres"))
    issues = tags_in(sidecar).validate(schema, error_handler=ErrorHandler(check_for_warnings=False))
    assert "TAG_INVALID" in {issue["code"] for issue in issues}


def test_every_level_of_a_tagged_column_has_its_tags() -> None:
    levels = {column.name: column.levels for column in COLUMNS}
    for column, tags in TAGS.items():
        assert set(tags) == set(levels[column])


def test_the_dataset_names_the_schema_of_its_tags(dataset: Dataset, demo: Protocol) -> None:
    perform(dataset, demo)
    export_person(dataset, ANN)
    assert json.loads((dataset.root / "dataset_description.json").read_text())["HEDVersion"] == HED_VERSION
