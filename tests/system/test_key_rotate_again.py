#!/usr/bin/python3
"""A second `key rotate` on one day: a key that was made and is not in use yet is neither overwritten nor
left without a word; one that is in use is followed by the next of the day."""
# test: slow
import os
import re

from region import Region, check, main, program, run

A = "GM0384"


def rotate(r, *flags):
    return run(program("samenbus"), "key", "rotate", "-c", r.nodes[A].path("samenbusd.yaml"), *flags)


def made_by(result):
    code, out, err = result
    check(code == 0, f"key rotate: exit {code}: {err}")
    return re.findall(r"\S+\.(?:key|certificate)\b", out.splitlines()[0])


def contents(paths):
    return [open(path, "rb").read() for path in paths]


def check_refused(r, paths, named, words, *flags):
    before = contents(paths)
    code, out, err = rotate(r, *flags)
    check(code not in (0, 64) and out == "", f"exit {code}: {out}")
    for word in (f"{named} is there already", "made today", "samenbusd.yaml", "move it away", *words):
        check(word in err, f"{word!r}: {err}")
    check(contents(paths) == before, "a file was changed")


def use(r, name, path):
    """Writes the new key into the configuration, where the old one stood."""
    file = r.nodes[A].path("samenbusd.yaml")
    with open(file) as f:
        text = f.read()
    before = re.search(rf"{name}: ([^,\s}}]+)", text)
    check(before, text)
    with open(file, "w") as f:
        f.write(text.replace(before[0], f"{name}: {os.path.abspath(path)}"))


def test_signing(r):
    key, certificate = made = made_by(rotate(r))
    check_refused(r, made, certificate, ["`sign_key`", "`certificate`"])
    os.rename(key, key + ".away")
    check_refused(r, [certificate], certificate, ["`sign_key`"])
    os.rename(certificate, certificate + ".away")
    check(made_by(rotate(r)) == made, "not made anew")
    use(r, "sign_key", key)  # once the partners have pinned it, the certificate is taken out again
    again = made_by(rotate(r))
    check([os.path.basename(path).split("-")[-1] for path in again] == ["2.sign.key", "2.certificate"], again)
    check_refused(r, again, again[1], ["`sign_key`", "`certificate`"])


def test_connection(r):
    code, out, err = rotate(r, "--connection")
    key, = made = made_by((code, out, err))
    line = re.search(r'next_curve_key: "[^"]+"', out)[0]
    check_refused(r, made, key, ["`curve_key`", line], "--connection")
    use(r, "curve_key", key)
    again, = made_by(rotate(r, "--connection"))
    check(again == key.replace(".curve.key", "-2.curve.key"), "the next of the day")
    check_refused(r, [again], again, ["`curve_key`", "next_curve_key"], "--connection")
    use(r, "curve_key", again)
    check(made_by(rotate(r, "--connection"))[0] == key.replace(".curve.key", "-3.curve.key"), "and the third")


def test():
    with Region([A, "GM0437"]) as r:
        test_signing(r)
        test_connection(r)


if __name__ == "__main__":
    main(test)
