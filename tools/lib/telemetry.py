# SPDX-License-Identifier: MIT
"""Telemetry of a device, as small programs print it, and what zlib makes of it: the corpus on which tests/cost/instructions
measures the codec of permessage-deflate."""
import os
import pathlib
import random
import zlib

SINGLE, BATCHES, PER_BATCH = 32, 8, 8
# How zlib writes them: corpus, window bits, whether the messages share their history (RFC 7692, 7.1.1), compression level.
ENCODINGS = (("single", 15, True, 6), ("single", 10, True, 6), ("single", 15, False, 6), ("batch", 15, False, 6), ("batch", 10, False, 6),
             ("batch", 15, False, 1))


def readings(count):
    """Each an object with a time, counters and measurements, about 200 bytes."""
    source, uptime, temperature = random.Random(12), 1000, 21.5
    made = []
    for number in range(count):
        uptime += 950 + source.randrange(100)
        temperature += source.randrange(-20, 21) / 100
        made.append(
            f'{{"device":"sensor-{source.randrange(4):02}","seq":{number},"uptime_ms":{uptime},"temperature":{temperature:.2f},'
            f'"humidity":{source.randrange(400, 600) / 10},"pressure":{source.randrange(99000, 103000) / 100},'
            f'"battery":{{"mv":{source.randrange(3300, 4200)},"charging":{source.choice(["true", "false"])}}},'
            f'"rssi":-{source.randrange(40, 90)},"free_heap":{source.randrange(20000, 29000)},'
            f'"relays":[{source.randrange(2)},{source.randrange(2)},0,1],"status":"{source.choice(["ok", "ok", "ok", "degraded"])}"}}'
            .encode())
    return made


def corpora():
    """{name: messages}: one reading in each, or several."""
    many = readings(BATCHES * PER_BATCH)
    return {"single": many[:SINGLE], "batch": [b"[" + b",".join(many[at:at + PER_BATCH]) + b"]" for at in range(0, len(many), PER_BATCH)]}


def encoded(texts, window_bits, takeover, level):
    """The messages as zlib compresses them, each with the end that RFC 7692, section 7.2.2 appends."""
    found, zlib_stream = [], None
    for text in texts:
        if zlib_stream is None or not takeover:
            zlib_stream = zlib.compressobj(level, zlib.DEFLATED, -window_bits)
        found.append(zlib_stream.compress(text) + zlib_stream.flush(zlib.Z_SYNC_FLUSH))
    return found


def header_text():
    """Both as C++, and what zlib makes of them, for tests/cost/instructions/deflate.cpp."""
    arrays, rows = [], []

    def messages(name, parts):
        """Defines the bytes and the sizes of messages; returns an initialiser of `Messages`."""
        data = ",".join(str(byte) for part in parts for byte in part)
        sizes = ",".join(str(len(part)) for part in parts)
        arrays.append(f"constexpr uint8_t {name}_data[] = {{{data}}};\nconstexpr uint16_t {name}_sizes[] = {{{sizes}}};\n")
        return f"{{{name}_data, {name}_sizes, {len(parts)}}}"

    plain = {name: messages(name, parts) for name, parts in corpora().items()}
    for number, (name, window_bits, takeover, level) in enumerate(ENCODINGS):
        packed = messages(f"packed_{number}", encoded(corpora()[name], window_bits, takeover, level))
        title = f"{name}, zlib {level}, window 2^{window_bits}" + (", takeover" if takeover else "")
        rows.append(f'{{"{title}", {window_bits}, {str(takeover).lower()}, {plain[name]}, {packed}}},\n')
    return "".join(["#pragma once\n#include <stddef.h>\n#include <stdint.h>\n", *arrays,
                    "struct Messages {\n  const uint8_t* data;\n  const uint16_t* sizes;\n  size_t count;\n};\n"
                    "struct Encoding {\n  const char* name;\n  uint8_t window_bits;\n  bool takeover;\n  Messages plain;\n  Messages packed;\n};\n",
                    *(f"constexpr Messages k{name.capitalize()} = {initialiser};\n" for name, initialiser in plain.items()),
                    "constexpr Encoding kEncodings[] = {\n", *rows, "};\n"])


def write_header(path):
    """A file that is the same already keeps its time."""
    text = header_text()
    if not os.path.exists(path) or pathlib.Path(path).read_text(encoding="utf-8") != text:
        pathlib.Path(path).write_text(text, encoding="utf-8")
