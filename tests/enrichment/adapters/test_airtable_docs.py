"""What docs/airtable.md tells people to make is what the adapter writes."""

from __future__ import annotations

from pathlib import Path

from enrichment.adapters.airtable_errors import SCOPES
from enrichment.adapters.airtable_fields import TYPE_NAMES, TYPES
from enrichment.adapters.lead_record import COLUMNS
from tests.enrichment.crm import connected
from tests.servers.airtable import serving
from tests.servers.airtable_table import FieldOf

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs/airtable.md").read_text(encoding="utf-8")


def rows() -> list[list[str]]:
    """The cells of the field table."""
    lines = DOCUMENT.partition("| field | type")[2].splitlines()[2:]
    table = lines[: lines.index("")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_each_column_is_described() -> None:
    """Name, best type, options and meaning, in order."""
    told = [
        [column.name, TYPE_NAMES[TYPES[column.kind][0]].capitalize(), ", ".join(column.choices), column.holds]
        for column in COLUMNS
    ]
    assert rows() == told


def test_a_table_made_by_the_document_has_no_problems() -> None:
    """Type by type, option by option."""
    kinds = {words.capitalize(): kind for kind, words in TYPE_NAMES.items()}
    with serving() as server, connected(server) as crm:
        server.table.fields = {
            name: FieldOf(kinds[kind], [option for option in options.split(", ") if option])
            for name, kind, options, _ in rows()
        }
        assert crm.problems() == ()


def test_the_scopes_are_named() -> None:
    """The same that the errors name."""
    for scope in SCOPES.replace(" and", ",").split(", "):
        assert f"`{scope}`" in DOCUMENT
