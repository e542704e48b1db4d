# SPDX-License-Identifier: Apache-2.0
"""Broken records among good ones: every one is rejected with its text, no good one is lost."""
from decimal import Decimal

from olist_expected import FILES, Expected


def test_broken_records_are_rejected_and_no_good_one_is_lost(new_project):
    whole = new_project.generate(5000, "--seed", "4")
    expected = Expected(new_project.incoming)
    damaged = new_project.generate(5000, "--seed", "4", "--damage")
    assert sum(row["broken"] for row in damaged.values()) > 40
    new_project.vitrine("run")
    files = {row["source"]: row for row in new_project.sql("select * from vitrine.files")}
    for source, name in FILES.items():
        assert damaged[name]["records"] == whole[name]["records"] == files[source]["loaded"]
        assert files[source]["rejected"] == damaged[name]["broken"], source
        assert files[source]["records"] == files[source]["loaded"] + files[source]["rejected"]
        rejects = new_project.sql("select line, kind, reason, text from vitrine.rejects"
                                  f" where source = '{source}'")
        assert len(rejects) == damaged[name]["broken"]
        lines = (new_project.incoming / name).read_bytes().split(b"\n")
        for reject in rejects:
            assert reject["reason"]
            if "\ufffd" not in reject["text"]:
                assert lines[reject["line"] - 1].decode("utf-8", "replace").startswith(
                    reject["text"].splitlines()[0][:20])
    revenue = sum(expected.revenue_by(lambda o, i: 0).values())
    got = new_project.sql("select sum(revenue) as revenue from sales_daily")[0]["revenue"]
    assert Decimal(got) == revenue
