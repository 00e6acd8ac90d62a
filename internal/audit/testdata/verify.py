"""Verifies a record without the product: verify.py DIR [HEAD]. Prints the
digest of the last line; exits 1 at the first fault."""
import hashlib, json, os, re, sys

def verify(folder, kept=None):
    prev, seq, torn, seen = "0" * 64, 0, [], kept is None
    names = sorted(n for n in os.listdir(folder) if re.fullmatch(r"\d{8,}\.jsonl", n))
    for i, name in enumerate(names):
        assert int(name[:-6]) == i + 1, f"{name}: a segment before it is missing"
        *lines, rest = open(os.path.join(folder, name), "rb").read().split(b"\n")
        for n, raw in enumerate(lines):
            at = f"{name}:{n + 1}"
            body, mark, digest = raw.rpartition(b',"hash":"')
            assert mark and hashlib.sha256(body).hexdigest() + '"}' == digest.decode(), f"{at}: changed"
            line = json.loads(raw)
            assert line["prev"] == prev and line["seq"] == seq + 1, f"{at}: does not follow"
            assert (line["kind"] == "segment.started") == (n == 0), f"{at}: no start, or one too many"
            if n == 0:
                assert line["data"].get("torn", []) == torn, f"{at}: a torn tail was changed"
                torn = []
            prev, seq = line["hash"], line["seq"]
            seen = seen or prev == kept
        if rest:
            torn.append({"file": name, "bytes": len(rest), "sha256": hashlib.sha256(rest).hexdigest()})
    assert seen, "the kept digest is not there: the end was removed"
    return prev

if __name__ == "__main__":
    try:
        print(verify(*sys.argv[1:]))
    except (AssertionError, ValueError, KeyError) as e:
        sys.exit(f"fault: {e}")
