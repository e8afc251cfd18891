"""What is measured of a clip: plain values under names, possibly nested, ready for JSON; and the mean of many such rows."""

import math
from collections.abc import Sequence
from statistics import median
from typing import Any

Row = dict[str, Any]


def mean(values: Sequence[float | None]) -> float | None:
    """Of what was measured; None when nothing was."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    return sum(known) / len(known) if known else None


def averaged(rows: Sequence[Row]) -> Row:
    """The mean of every number in rows of one shape (of a lag the median: a mean would follow the few whose best agreement is with
    a neighbouring syllable); texts are left out."""
    result: Row = {}
    for key in dict.fromkeys(key for row in rows for key in row):
        values = [row[key] for row in rows if row.get(key) is not None]
        if values and all(isinstance(value, dict) for value in values):
            result[key] = averaged(values)
        elif values and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
            result[key] = median(values) if key.endswith("lag_ms") else mean(values)
    return result


def tidy(value: Any) -> Any:
    """The same, numbers rounded to four digits after the point and what is not finite as None, since JSON has no word for it."""
    if isinstance(value, dict):
        return {str(key): tidy(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [tidy(entry) for entry in value]
    if isinstance(value, float) or hasattr(value, "dtype"):
        return round(float(value), 4) if math.isfinite(value) else None
    return value
