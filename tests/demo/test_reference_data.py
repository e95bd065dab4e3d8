from services.cli.demo.data_files import COMPLAINT, rows
from services.cli.demo.shares import Shares

CATEGORIES = rows(COMPLAINT / "categories.csv")
PROVINCES = {row["code"] for row in rows(COMPLAINT / "provinces.csv")}
REGENCIES = rows(COMPLAINT / "regencies.csv")


def test_there_are_31_categories_and_information_alone_has_no_severity() -> None:
    severities = {row["code"]: int(row["suggested_severity"]) for row in CATEGORIES}
    assert len(severities) == len(CATEGORIES) == 31
    assert [code for code, severity in severities.items() if severity == 0] == ["information"]
    assert set(severities.values()) == {0, 1, 2, 3, 4}


def test_every_category_says_where_it_is_attested() -> None:
    assert all(row["attested_in"] not in ("", "idem") for row in CATEGORIES)


def test_the_gravest_categories_all_go_to_protection() -> None:
    gravest = [row for row in CATEGORIES if row["suggested_severity"] == "4"]
    assert {row["handed_to"] for row in gravest} == {"protection"}


def test_there_are_38_provinces_and_514_regencies_each_in_one_of_them() -> None:
    assert len(PROVINCES) == 38
    assert len({row["code"] for row in REGENCIES}) == len(REGENCIES) == 514
    assert {row["province_code"] for row in REGENCIES} == PROVINCES


def test_the_notice_for_the_area_codes_lies_beside_them() -> None:
    notice = (COMPLAINT / "SOURCES.md").read_text(encoding="utf-8")
    assert "Open Database License" in notice


def test_every_code_that_has_a_weight_is_known() -> None:
    shares = Shares()
    assert set(shares.categories) == {row["code"] for row in CATEGORIES} - {"information"}
    assert set(shares.provinces) <= PROVINCES
