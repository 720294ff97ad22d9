"""When each of many handsets is switched on."""

from math import sqrt


def starts(count: int, rate: float | None, ramp: float) -> list[float]:
    """Seconds from the beginning, ascending. `rate` handsets a second, reached after `ramp` seconds in which
    it grows evenly from none; None: all at once."""
    if rate is None:
        return [0.0] * count
    # Within the ramp rate*t*t/(2*ramp) have been switched on, after it rate*(t - ramp/2).
    in_ramp = rate * ramp / 2
    return [
        sqrt(2 * number * ramp / rate) if number < in_ramp else number / rate + ramp / 2
        for number in range(count)
    ]
