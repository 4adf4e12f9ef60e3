"""Tests of the medians, ratios and tables: `scripts/bench --self-test`."""
import unittest

from .figures import Series, interleaved, table


class SeriesTest(unittest.TestCase):
    def test_median_and_spread(self):
        series = Series([4, 1, 2])
        self.assertEqual(series.median, 2)
        self.assertEqual(series.spread, 1.5)

    def test_ratio_is_the_median_of_the_rounds_own_ratios(self):
        # A round that was slow for both does not count against either.
        self.assertEqual(Series([1, 10, 3]).ratio(Series([2, 10, 2])), 1)

    def test_nothing_to_compare_with(self):
        ratio = Series([1]).ratio(Series([0]))
        self.assertNotEqual(ratio, ratio)


class InterleavedTest(unittest.TestCase):
    def test_the_order_turns_from_round_to_round(self):
        order = []

        def measure(name):
            return lambda: order.append(name) or {"at": len(order)}

        found = interleaved(3, {name: measure(name) for name in "abc"})
        self.assertEqual("".join(order), "abcbcacab")
        self.assertEqual(found["a"]["at"].values, [1, 6, 8])


class TableTest(unittest.TestCase):
    def test_columns_stand_under_each_other(self):
        self.assertEqual(
            table(["name", "n"], [["long name", 7], ["x", "10"]]).splitlines(),
            ["| name      |  n |",
             "|-----------|---:|",
             "| long name |  7 |",
             "| x         | 10 |"])
