#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes unicode_tables.c from this Python's own character data (Ansible 2.14 on Debian 12 runs on
Python 3.11: Unicode 14.0). Run it by hand when Ansible's Python moves on."""
import sys
import unicodedata


def ranges(test):
    """Maximal ranges of code points that pass; surrogates are never words, spaces or digits."""
    out, start = [], None
    for c in range(sys.maxunicode + 2):
        inside = c <= sys.maxunicode and test(chr(c))
        if inside and start is None:
            start = c
        elif not inside and start is not None:
            out.append((start, c - 1))
            start = None
    return out


def table(name, what, rows):
    lines, line = [], "   "
    for first, last in rows:
        cell = " {0x%x, 0x%x}," % (first, last)
        if len(line) + len(cell) > 100:
            lines.append(line)
            line = "   "
        line += cell
    lines.append(line)
    lines[-1] = lines[-1].rstrip(",")
    return "/* %s */\nconst struct unicode_range %s[] = {\n%s,\n};\nconst size_t %s_count = %d;\n" % (
        what, name, "\n".join(lines), name, len(rows))


print("/* SPDX-License-Identifier: Apache-2.0 */")
print("/* Made by make_unicode_tables.py from Unicode %s; do not edit. */"
      % unicodedata.unidata_version)
print("/* clang-format off */")
print('#include "unicode.h"\n')
print(table("unicode_word", r"re's \w without the underscore: str.isalnum()", ranges(str.isalnum)))
print(table("unicode_space", "str.isspace()", ranges(str.isspace)))
digits = [r for r in ranges(str.isdecimal)]
split = []
for first, last in digits:  # a run may hold several scripts' digits: cut where the value is 0
    for c in range(first, last + 1):
        if unicodedata.decimal(chr(c)) == 0:
            split.append((c, c + 9))
print(table("unicode_decimal", "str.isdecimal(), by tens: the first is 0", split), end="")
