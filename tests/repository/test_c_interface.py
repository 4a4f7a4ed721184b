# SPDX-License-Identifier: MIT
# about: whit.h has all of the C++ interface, or the reason why not; it compiles as C and as C++, and each function is tested
# needs: base cxx arm lwip
# wants: clang
"""Reads the public headers of stack/whit, and looks for the counterpart of each member in stack/c/whit.h."""
import re
import tempfile
from pathlib import Path

import pytest
from support.machine import ROOT, command, expect_none, need_command

C_HEADER = ROOT / "stack" / "c" / "whit.h"
# Headers of which C has no part.
NOT_IN_C = {
    "assert.h": "for the core",
    "broadcast.h": "a template makes its memory; a C++ file beside the C ones, by whit_cpp.h",
    "config.h": "its numbers are in the options that whit_..._options_init() writes",
    "copy.h": "for ports",
    "index_queue.h": "for ports",
    "network.h": "for ports; an application in C has whit_network_wake(), _random() and _error()",
    "permessage_deflate.h": "a template makes its memory; a C++ file beside the C ones, by whit_cpp.h",
    "version.h": "read by C as it is",
}
# C++ enumeration or namespace of numbers: the beginning of its names in C.
NUMBERS = {"Status": "WHIT_", "MessageType": "WHIT_MESSAGE_", "Method": "WHIT_METHOD_", "ReadyState": "WHIT_STATE_",
           "Deadline": "WHIT_DEADLINE_", "Who": "WHIT_WHO_", "Where": "WHIT_WHERE_", "close_code": "WHIT_CLOSE_",
           "LongMessages": "WHIT_LONG_MESSAGES_", "Type": "WHIT_EVENT_", "UrlPart": "WHIT_URL_PART_"}
# Structure: its name in C.
STRUCTURES = {"Bytes": "whit_bytes", "MutableBytes": "whit_mutable_bytes", "Text": "whit_text", "Address": "whit_address",
              "Usage": "whit_usage", "Cause": "whit_cause", "Message": "whit_message", "Close": "whit_close",
              "Request": "whit_request", "Event": "whit_event", "ConnectionOptions": "WHIT_CONNECTION_OPTIONS",
              "ServerOptions": "whit_server_options", "ClientOptions": "whit_client_options", "Response": "whit_response",
              "Page": "whit_page", "HttpOptions": "whit_http_options", "UrlProblem": "whit_url_problem"}
# Class: the beginning of its functions in C.
CLASSES = {"WebSocket": "whit_socket_", "LoopCore": "whit_loop_", "Loop": "whit_loop_", "Server": "whit_server_",
           "Client": "whit_client_", "FieldWriter": "whit_field_"}
# Functions, one name for each overload.
FUNCTIONS = {
    "WebSocket::send": ["whit_socket_send_text", "whit_socket_send", "whit_socket_send_piece"],
    "WebSocket::accept": ["whit_socket_accept", "whit_socket_accept_with"],
    "WebSocket::reject": ["whit_socket_reject", "whit_socket_reject_with"],
    "WebSocket::WebSocket": [],  # zeros
    "LoopCore::core": [],  # not for applications
    "LoopCore::kForeverMs": ["WHIT_FOREVER_MS"],
    "Loop::kSlots": ["whit_loop_memory"],  # its member `slots`
    "Loop::Loop": ["WHIT_LOOP"],
    "Server::Server": ["whit_server_init"],
    "Client::Client": ["whit_client_init"],
    "FieldWriter::FieldWriter": [],  # made by the client
}
# Structures and classes that C names in another way, or not at all.
OTHER = {"Timeouts": "whit_timeouts, a structure with a member for each deadline", "OpenSockets": "whit_walk", "Iterator": "whit_walk",
         "Transfer": "for ports", "Progress": "for ports", "Transport": "for ports", "Layer": "for ports",
         "RequestReview": "whit_keep_request_fields()", "HttpService": "whit_http_options_init()", "BodyReceiver": "whit_receive_bodies()"}


def plain(text):
    """Without comments, texts and attributes."""
    text = re.sub(r'"[^"\n]*"', '""', re.sub(r"//[^\n]*", "", text))
    return re.sub(r"\[\[[^\]]*\]\] ?", "", text)


def closing(text, at):
    """The place behind the brace that closes the one at `at`."""
    depth = 0
    for position in range(at, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return position + 1
    raise AssertionError("a brace is not closed")


def members(body, public):
    """(name, whether it is a function) of each public declaration in the body of a class; `public`: at its beginning."""
    at = statement = 0
    while at < len(body):
        label = re.match(r"\s*(public|private|protected):", body[statement:]) if at == statement else None
        if label:
            public = label.group(1) == "public"
            at = statement = statement + label.end()
        elif body[at] == "{":
            at = closing(body, at)
            if re.match(r"\s*[;,})]", body[at:]) or re.match(r"\s*(enum|struct|class|union)\b", body[statement:]):
                continue
            yield from declared(body[statement:at], public)
            statement = at
        elif body[at] == ";":
            yield from declared(body[statement:at], public)
            at = statement = at + 1
        else:
            at += 1


def declared(text, public):
    text = " ".join(text.split())
    union = re.match(r"union {(.*)}$", text)
    if union:
        yield from members(union.group(1), public)
    elif public and text and not re.match(r"(friend|using|static_assert|enum|struct|class|template)\b", text) and "= delete" not in text:
        function = re.search(r"(\w+|operator\S+(?: \w+)?)\s*\(", text.split(" = ")[0])
        if not function:
            yield re.search(r"(\w+)(?:\[[^\]]*\])?$", text.split(" = ")[0].split("{")[0].strip()).group(1), False
        elif not function.group(1).startswith("operator"):
            yield function.group(1), True


def classes(text):
    """(kind, name, body) of each class, structure and enumeration with a body, nested ones too."""
    for match in re.finditer(r"\b(enum class|enum|class|struct) (\w+)(?: final)?\s*(?::[^{;()]*)?{", text):
        yield match.group(1).split()[0], match.group(2), text[match.end():closing(text, match.end() - 1) - 1]


def enumerators(body):
    return re.findall(r"\b(k[A-Z]\w*)", re.sub(r"=[^,]*", "", body))


def in_c(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name[1:]).upper()


def missing_in(c_text, header, text):
    """Problems of one public header, whose text it is."""
    text, c_text = plain(text), plain(c_text)
    for kind, name, body in classes(text):
        if name in OTHER:
            continue
        if kind == "enum":
            if name not in NUMBERS:
                yield f"{header}: the enumeration {name} has no names in C"
                continue
            yield from (f"{header}: {name}::{each} is not {NUMBERS[name]}{in_c(each)}" for each in enumerators(body)
                        if not re.search(rf"\b{NUMBERS[name]}{in_c(each)}\b", c_text))
        elif name in CLASSES:
            yield from missing_functions(c_text, header, name, members(body, kind == "struct"))
        elif name in STRUCTURES:
            yield from missing_fields(c_text, header, name, members(body, kind == "struct"))
        else:
            yield f"{header}: {name} has no counterpart in C"
    for space, body in re.findall(r"namespace (close_code) {(.*?)}", text, re.S):
        yield from (f"{header}: {each} is not {NUMBERS[space]}{in_c(each)}" for each in re.findall(r"\b(k[A-Z]\w*) =", body)
                    if not re.search(rf"\b{NUMBERS[space]}{in_c(each)} = ", c_text))


def missing_functions(c_text, header, name, found):
    counts = {}
    for member, _ in found:
        counts[member] = counts.get(member, 0) + 1
    for member, count in counts.items():
        wanted = FUNCTIONS.get(f"{name}::{member}", [CLASSES[name] + member])
        if wanted and count > 1 and len(wanted) != count and member != name:
            yield f"{header}: {name}::{member} has {count} overloads, and C has {len(wanted)}"
        yield from (f"{header}: {name}::{member} is not {each}" for each in wanted if not re.search(rf"\b{each}\b", c_text))


def missing_fields(c_text, header, name, found):
    there = re.search(rf"#define {STRUCTURES[name]}\b(.*?[^\\])\n|\bstruct WHIT_SHARED {STRUCTURES[name]} {{(.*?)\n}}", c_text, re.S)
    body = (there.group(1) or there.group(2)) if there else ""
    yield from (f"{header}: {name}::{member} is not in {STRUCTURES[name]}" for member, function in found
                if not function and not re.search(rf"\b{member}\b(\[\d+\])?(;|$| *\\)", body, re.M))


def test_c_has_the_whole_interface():
    headers = sorted((ROOT / "stack" / "whit").glob("*.h"))
    c_text = C_HEADER.read_text()
    assert len(headers) > 15
    expect_none([problem for path in headers if path.name not in NOT_IN_C for problem in missing_in(c_text, path.name, path.read_text())])
    # Free functions and objects of the public headers.
    for name in ("whit_check_url", "whit_keep_request_fields", "whit_evict_oldest_idle", "whit_limit_per_address", "whit_receive_bodies"):
        assert re.search(rf"\b{name}\(", c_text), name


@pytest.mark.parametrize("header, old, new, wanted", [
    ("status.h", "kOk = 0,", "kOk = 0, kBroken,", "Status::kBroken is not WHIT_BROKEN"),
    ("vocabulary.h", "kGoingAway = 1001;", "kGoingAway = 1001; constexpr uint16_t kNew = 1;", "kNew is not WHIT_CLOSE_NEW"),
    ("vocabulary.h", "enum Who : uint8_t {", "enum Who : uint8_t { kMoon,", "Who::kMoon is not WHIT_WHO_MOON"),
    ("event.h", "enum Type : uint8_t {", "enum Type : uint8_t { kPong,", "Type::kPong is not WHIT_EVENT_PONG"),
    ("event.h", "uint64_t skipped_bytes;", "uint64_t skipped_bytes; uint32_t age;", "Event::age is not in whit_event"),
    ("event.h", "Text authorization;", "Text authorization; Text accept;", "Request::accept is not in whit_request"),
    ("options.h", "bool secure = false;", "bool secure = false; bool fast = true;", "ServerOptions::fast is not in whit_server_options"),
    ("options.h", "size_t protocol_count = 0;", "size_t protocol_count = 0; Text name;", "ConnectionOptions::name is not in"),
    ("options.h", "enum class LongMessages", "enum class Mood : uint8_t { kGood };\nenum class LongMessages", "Mood has no names in C"),
    ("websocket.h", "void abort() const;", "void abort() const; void leave() const;", "WebSocket::leave is not whit_socket_leave"),
    ("websocket.h", "Status send(Text text) const;", "Status send(Text text) const; Status send() const;", "send has 4 overloads"),
    ("server.h", "uint16_t port() const;", "uint16_t port() const; bool busy() const { return true; }", "Server::busy is not"),
    ("client.h", "bool is_over() const;", "bool is_over() const; void redial();", "Client::redial is not whit_client_redial"),
    ("loop.h", "uint32_t wait_ms() const {", "void rest() {} uint32_t wait_ms() const {", "LoopCore::rest is not whit_loop_rest"),
    ("http_service.h", "struct Page {", "struct Robot { Text name; };\nstruct Page {", "Robot has no counterpart"),
])
def test_a_member_that_c_lacks_is_found(header, old, new, wanted):
    text = (ROOT / "stack" / "whit" / header).read_text()
    assert text.count(old) == 1, f"{header} has not one {old}"
    problems = list(missing_in(C_HEADER.read_text(), header, text.replace(old, new)))
    assert len(problems) == 1 and wanted in problems[0], problems


def functions_of_c():
    text = "\n".join(line for line in plain(C_HEADER.read_text()).split("\n") if not line.lstrip().startswith("#"))
    text = re.sub(r"\btypedef\b[^;{]*\(\*[^;]*;", "", text)
    return sorted(set(re.findall(r"\b(whit_\w+)\(", text)))


def test_every_function_of_c_is_used_by_a_test_in_c():
    """By that it is linked, too."""
    text = "".join(plain(path.read_text()) for path in (ROOT / "tests" / "unit" / "c").glob("*.c"))
    names = functions_of_c()
    assert len(names) > 50, names
    expect_none([f"tests/unit/c does not use {name}()" for name in names if not re.search(rf"\b{name}\b", text)])


PROGRAM = """#include "whit.h"
WHIT_LOOP(loop, 4, 2, 6, 500);
static const whit_text kName = WHIT_TEXT("a");
int main(void) {
  whit_event event;
  return whit_loop_poll(&loop, (uint32_t)kName.size, &event) ? loop_memory.slots : 0;
}
"""
WARNINGS = ["-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-pedantic", "-Werror", "-fsyntax-only", "-I", ROOT / "stack" / "c"]


def compiled(compiler, standard, text, *options):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("program.cpp" if "++" in standard else "program.c")
        path.write_text(text)
        return command(compiler, f"-std={standard}", *WARNINGS, *options, path)


COMPILERS = [(compiler, standard) for compiler, standards in {
    "gcc": ("c11", "c17", "c2x"), "g++": ("c++17", "c++20"), "clang": ("c11", "c2x", "c++17"), "arm-none-eabi-gcc": ("c11", "c2x")}.items()
             for standard in standards]


@pytest.mark.parametrize("compiler, standard", COMPILERS)
def test_the_header_compiles_without_a_warning(compiler, standard):
    if compiler == "clang":
        need_command("clang", "clang")
    extra = "#include <stdint.h>\n" if compiler != "arm-none-eabi-gcc" else ""
    code, text = compiled(compiler, standard, extra + PROGRAM)
    assert code == 0, text


@pytest.mark.parametrize("numbers, wanted", [("0, 2, 6, 512", "16 bits"), ("4, 2, 1, 512", "one buffer to read"), ("4, 2, 6, 255", "5.5")])
def test_a_loop_of_impossible_numbers_does_not_compile(numbers, wanted):
    code, text = compiled("gcc", "c11", PROGRAM.replace("4, 2, 6, 500", numbers))
    assert code != 0 and wanted in text, text


# ---- the ports' headers for C ----

PORTS = {
    "posix": ("whit_posix.h", "WHIT_POSIX(network, 6);", "whit_posix_start(&network)", []),
    "mbedtls": ("whit_mbedtls.h", "WHIT_TLS(network, 6);", "whit_tls_start(&network, NULL)", []),
    "lwip": ("whit_lwip.h", "WHIT_LWIP(network, 4);", "whit_lwip_start(&network, NULL)", None),
    "lwip_server": ("whit_lwip.h", "WHIT_LWIP_SERVER(network, 4);", "whit_lwip_server_start(&network, NULL)", None),
}


@pytest.mark.parametrize("compiler, standard", [("gcc", "c11"), ("g++", "c++17")])
@pytest.mark.parametrize("port", PORTS)
def test_the_headers_of_the_ports_compile_without_a_warning(port, compiler, standard):
    header, memory, start, options = PORTS[port]
    folder = port.split("_")[0]
    if options is None:
        lwip = ROOT / "build" / "lwip" / "src" / "include"
        options = ["-isystem", lwip, "-isystem", ROOT / "tests" / "unit" / "port" / "lwip"]
    text = f"""#include "whit/{folder}/{header}"
#include "whit.h"
{memory}
WHIT_LOOP(loop, 4, 2, 6, 512);
int main(void) {{ return whit_loop_start(&loop, &loop_memory, {start}); }}
"""
    code, said = compiled(compiler, standard, text, "-I", ROOT / "port", *options)
    assert code == 0, said
