"""The mapping from public data sets' labels to themes names only what exists."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from service.taxonomy import read_taxonomy

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
MAPPINGS = yaml.safe_load((ROOT / "tests" / "benchmark" / "mappings.yaml").read_text("utf-8"))
COLUMNS = {
    "banking77": ("banking77", "label"),
    "cfpb_product": ("cfpb", "label"),
    "cfpb_issue": ("cfpb", "issue"),
    "zh_petitions": ("zh_petitions", "owner"),
}
"""The set and column of each mapping; HoASA's aspects are columns of their own."""


def test_every_theme_that_is_mapped_to_is_in_the_taxonomy() -> None:
    themes = read_taxonomy(ROOT / "data" / "taxonomy.yaml").by_id
    mapped = {theme for mapping in MAPPINGS.values() for meant in mapping.values() for theme in meant}
    assert mapped <= set(themes)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public data sets are not part of the repository")
def test_every_label_that_is_mapped_occurs_in_its_set() -> None:
    for mapping, (name, column) in COLUMNS.items():
        found = set(pq.read_table(SHARED / f"{name}.parquet").column(column).to_pylist())
        assert set(MAPPINGS[mapping]) <= found, mapping
    assert set(MAPPINGS["hoasa"]) <= set(pq.read_table(SHARED / "indonlu_hoasa.parquet").column_names)
    assert set(MAPPINGS) == {*COLUMNS, "hoasa"}
