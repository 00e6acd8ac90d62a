"""Results: values that code shows, each in several media types.

A result goes to the host as the operation "result": JSON with the member
"data", which maps media types to text, to JSON for application/json, and to
base64 for what is binary. Every result has text/plain.
"""

import base64
import builtins
import json
import sys

import _caisson

MOST_TEXT = 100_000  # characters of text/plain
MOST_ITEMS = 10_000  # elements of a container in text/plain
MOST_JSON = 64 << 10  # characters of a container's application/json
MOST_NODES = 2_000  # values in it

# The methods by which objects show themselves in notebooks.
METHODS = {
    "_repr_html_": "text/html",
    "_repr_markdown_": "text/markdown",
    "_repr_svg_": "image/svg+xml",
    "_repr_png_": "image/png",
    "_repr_jpeg_": "image/jpeg",
    "_repr_latex_": "text/latex",
    "_repr_json_": "application/json",
}


def display(*values, raw=False, **ignored):
    """Show values as results. With raw, each is a dict of media types already."""
    for value in values:
        if raw:
            send({str(media): wire(str(media), v) for media, v in value.items()})
        else:
            show(value)


def show(value):
    """Send one value to the host as a result, after the output before it."""
    send(bundle(value))


def send(data):
    """Send a bundle of media types to the host."""
    sys.stdout.flush()
    sys.stderr.flush()
    _caisson.call("result", json.dumps({"data": data}, ensure_ascii=False).encode("utf-8", "replace"))


def bundle(value):
    """Return the media types of a value."""
    data = {}
    if not isinstance(value, type):  # a class has these methods for its instances
        describe = getattr(value, "_repr_mimebundle_", None)
        if callable(describe):
            data.update(described(value, describe))
        for method, media in METHODS.items():
            if media not in data and callable(getattr(value, method, None)):
                shown = attempt(value, method)
                if shown is not None:
                    data[media] = wire(media, shown)
    if "application/json" not in data and type(value) in (dict, list, tuple):
        text = as_json(value)
        if text is not None:
            data["application/json"] = text
    if not isinstance(data.get("text/plain"), str):
        data["text/plain"] = plain(value)
    return data


def described(value, describe):
    """Return what _repr_mimebundle_ says, in the wire's form."""
    try:
        said = describe(include=None, exclude=None)
        if isinstance(said, tuple):  # with metadata, which we have no use for
            said = said[0]
        return {str(media): wire(str(media), v) for media, v in (said or {}).items() if v is not None}
    except Exception as e:
        complain(value, "_repr_mimebundle_", e)
        return {}


def attempt(value, method):
    """Return what one of the methods says; None when it has nothing to say."""
    try:
        said = getattr(value, method)()
    except NotImplementedError:
        return None
    except Exception as e:
        complain(value, method, e)
        return None
    if isinstance(said, tuple):
        said = said[0] if said else None
    return said


def complain(value, method, e):
    print(f"{type(value).__name__}.{method} failed: {type(e).__name__}: {e}", file=sys.stderr)


def wire(media, value):
    """Return a value as the wire carries it for its media type."""
    if media == "application/json":
        return json.loads(value) if isinstance(value, (str, bytes)) else json.loads(json.dumps(value, default=str))
    if isinstance(value, (bytes, bytearray, memoryview)):
        if is_text(media):
            return bytes(value).decode("utf-8", "replace")
        return base64.b64encode(value).decode("ascii")
    return str(value)


def is_text(media):
    return media.startswith("text/") or media in ("image/svg+xml", "application/javascript")


def plain(value):
    """Return repr(value), cut where it is too long to be of use. Builtin
    containers and strings are cut first: their repr could fill the memory."""
    kind, cut = type(value), ""
    if kind in (str, bytes, bytearray):
        if len(value) > MOST_TEXT:
            value, cut = value[:MOST_TEXT], f"... ({len(value):,} in all)"
    elif kind in (list, tuple, set, frozenset, dict) and len(value) > MOST_ITEMS:
        cut = f"... ({len(value):,} items in all)"
        first = [x for x, _ in zip(value.items() if kind is dict else value, range(MOST_ITEMS))]
        value = kind(first)
    text = repr(value)
    if len(text) > MOST_TEXT:
        text, cut = text[:MOST_TEXT], cut or f"... ({len(text):,} characters in all)"
    return text + cut


def as_json(value):
    """Return a small container of plain data as JSON; None for any other."""
    if not is_data(value, [MOST_NODES]):
        return None
    try:
        text = json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError):
        return None
    return value if len(text) <= MOST_JSON else None


def is_data(value, left):
    """Report whether JSON says a value in full, and in few nodes."""
    left[0] -= 1
    if left[0] < 0:
        return False
    kind = type(value)
    if kind in (list, tuple):
        return len(value) <= left[0] and all(is_data(v, left) for v in value)
    if kind is dict:
        return len(value) <= left[0] and all(type(k) is str and is_data(v, left) for k, v in value.items())
    if kind is str:
        return len(value) <= MOST_JSON
    if kind is int:
        return -(1 << 53) < value < 1 << 53  # what JSON's readers keep exactly
    return kind in (float, bool) or value is None


builtins.display = display
