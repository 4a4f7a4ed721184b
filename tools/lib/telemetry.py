# SPDX-License-Identifier: MIT
"""Telemetry of a device, as small programs print it, and what zlib makes of it: the corpus on which tests/cost/instructions
measures the codec of permessage-deflate."""
import os
import pathlib
import random
import zlib

MESSAGES = 32
# How zlib writes them: name, window bits, whether the messages share their history (RFC 7692, 7.1.1), compression level.
ENCODINGS = (("zlib 6, window 15", 15, True, 6), ("zlib 6, window 10", 10, True, 6), ("zlib 6, no context takeover", 15, False, 6),
             ("zlib 1, no context takeover", 15, False, 1))


def messages():
    """Each an object with a time, counters and measurements, about 300 bytes."""
    source, uptime, temperature = random.Random(12), 1000, 21.5
    made = []
    for number in range(MESSAGES):
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


def encoded(texts, window_bits, takeover, level):
    """The messages as zlib compresses them, each with the end that RFC 7692, section 7.2.2 appends."""
    found, zlib_stream = [], None
    for text in texts:
        if zlib_stream is None or not takeover:
            zlib_stream = zlib.compressobj(level, zlib.DEFLATED, -window_bits)
        found.append(zlib_stream.compress(text) + zlib_stream.flush(zlib.Z_SYNC_FLUSH))
    return found


def header_text():
    """The corpus as C++, for tests/cost/instructions/deflate.cpp."""
    texts = messages()

    def array(name, parts):
        data = ",".join(str(byte) for part in parts for byte in part)
        sizes = ",".join(str(len(part)) for part in parts)
        return f"constexpr unsigned char {name}_data[] = {{{data}}};\nconstexpr unsigned short {name}_sizes[] = {{{sizes}}};\n"

    arrays, rows = [array("telemetry", texts)], []
    for number, (name, window_bits, takeover, level) in enumerate(ENCODINGS):
        arrays.append(array(f"encoded_{number}", encoded(texts, window_bits, takeover, level)))
        rows.append(f'{{"{name}", {window_bits}, {str(takeover).lower()}, encoded_{number}_data, encoded_{number}_sizes}},\n')
    return "".join(["#pragma once\n", *arrays,
                    "struct Encoded {\n  const char* name;\n  unsigned char window_bits;\n  bool takeover;\n"
                    "  const unsigned char* data;\n  const unsigned short* sizes;\n};\n",
                    "constexpr Encoded kEncodings[] = {\n", *rows, "};\n"])


def write_header(path):
    """A file that is the same already keeps its time."""
    text = header_text()
    if not os.path.exists(path) or pathlib.Path(path).read_text(encoding="utf-8") != text:
        pathlib.Path(path).write_text(text, encoding="utf-8")
