"""One question has one answer: what pages say of a day is what the command says of it."""

import json
import re

import pytest

from estimator.nowcast.answer import answer_document
from estimator.nowcast.present import bundled_record, present
from estimator.report.prose import estimated
from tests.conftest import ROOT

ROW = re.compile(r"^\| (\d{4}-\d{2}-\d{2}) \| (\d+) \((\d+)–(\d+)\) \|", re.MULTILINE)


def test_the_backtest_of_the_page_is_the_answer_of_the_day():
    page = (ROOT / "docs" / "present.md").read_text(encoding="utf-8")
    rows = {day: [float(one) for one in numbers] for day, *numbers in ROW.findall(page)}
    assert len(rows) == 10
    answer = present("2023-07-11", seed=1)
    total = answer_document(answer, bundled_record(answer.through, seed=1))["total"]
    for shown, value in zip(rows["2023-07-11"], (total["median"], total["lower"], total["upper"])):
        assert shown == pytest.approx(value / 1000, rel=0.08)


def test_pages_give_one_number_for_the_last_day():
    answer = json.loads((ROOT / "docs" / "figures" / "answer.json").read_text(encoding="utf-8"))
    for page in ("README.md", "docs/index.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        (shown,) = set(re.findall(rf"dead to {answer['through']}: \*\*([\d,]+)\*\*", text))
        assert shown == estimated(answer["total"])
