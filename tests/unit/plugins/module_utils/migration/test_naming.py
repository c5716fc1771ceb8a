# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that break something are told from those that only break the convention."""

from __future__ import annotations

from ansible_collections.streamops.kafka.plugins.module_utils.migration.naming import CONVENTION, naming_remarks


def test_good_names_have_no_remark() -> None:
    assert naming_remarks(["sales.orders", "sales.orders.v2", "web-shop.cart.events"], CONVENTION) == []


def test_each_departure_is_told() -> None:
    found = {remark.name: remark.problem for remark in naming_remarks(["Orders", "orders_v1.x", "prod.sales.orders", "a." + "b" * 160], CONVENTION)}
    assert set(found) == {"Orders", "orders_v1.x", "prod.sales.orders", "a." + "b" * 160}
    assert "environment" in found["prod.sales.orders"]


def test_names_that_are_the_same_in_metrics_are_serious_also_without_a_convention() -> None:
    remarks = naming_remarks(["a.b", "a_b", "C", "c", "d"], "")
    assert [(remark.name, remark.is_serious) for remark in remarks] == [("C", False), ("a.b", True), ("a_b", True), ("c", False)]
