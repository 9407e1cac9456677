"""Windows of a picture: boxes (x0, y0, x1, y1) of whole pixels."""


def meet(a, b):
    """Whether two windows have a pixel in common."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def around(a, b):
    """The smallest window that holds both."""
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def merged(windows):
    """Windows that have no pixel in common and hold all of these: those that met are replaced by one around them."""
    apart = []
    for window in windows:
        while met := next((other for other in apart if meet(other, window)), None):
            apart.remove(met)
            window = around(window, met)
        apart.append(window)
    return apart
