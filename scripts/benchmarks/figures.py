"""Medians, ratios and spreads of what several rounds measured, and their table."""
import statistics


class Series:
    """One number of every round, for one subject."""

    def __init__(self, values):
        self.values = list(values)

    @property
    def median(self):
        return statistics.median(self.values)

    @property
    def spread(self):
        """From the smallest to the largest value, as a share of the median."""
        return (max(self.values) - min(self.values)) / self.median if self.median else 0.0

    def ratio(self, other):
        """The median of the rounds' own ratios: what disturbs a round disturbs both of its sides."""
        ratios = [mine / its for mine, its in zip(self.values, other.values) if its]
        return statistics.median(ratios) if ratios else float("nan")


def interleaved(rounds, measures):
    """Runs every measure once a round, in an order that turns from round to round.

    measures: name to a function that gives a dict of numbers. Gives name to key to Series.
    """
    found = {name: {} for name in measures}
    names = list(measures)
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            for key, value in measures[name]().items():
                found[name].setdefault(key, []).append(value)
    return {name: {key: Series(values) for key, values in keys.items()} for name, keys in found.items()}


def table(headers, rows):
    """Lines of a Markdown table whose columns stand under each other."""
    cells = [headers] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headers))]

    def line(row):
        first = row[0].ljust(widths[0])
        rest = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        return "| " + " | ".join([first] + rest) + " |"

    rule = "|" + "|".join(["-" * (widths[0] + 2)] + ["-" * (width + 1) + ":" for width in widths[1:]]) + "|"
    return "\n".join([line(cells[0]), rule] + [line(row) for row in cells[1:]])
