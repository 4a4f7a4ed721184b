# SPDX-License-Identifier: MIT
# about: rules of the source tree: include arrows, freestanding core, licence lines, length of functions
# needs: base cxx arm m32
import re
import tempfile
from pathlib import Path

from support.machine import ROOT, command, expect_none

SOURCE_SUFFIXES = (".h", ".cpp", ".c", ".S")
C_HEADERS = {"stdint.h", "stddef.h", "string.h"}
# Files of stack/whit that its folders may include, besides their own.
ALLOWED = {
    "kernels": {"copy.h"},
    "deflate": {"assert.h", "bytes.h", "status.h", "copy.h", "kernels/"},
    "http": {"bytes.h", "status.h", "copy.h", "wire/"},
    "wire": {"bytes.h", "status.h", "copy.h", "vocabulary.h", "kernels/"},
    "session": {"assert.h", "bytes.h", "status.h", "vocabulary.h", "event.h", "options.h", "websocket.h", "transport.h", "copy.h", "kernels/", "wire/", "http/"},
    "core": {"*", "!server", "!server.h", "!client", "!client.h"},
    "server.h": {"*", "!client", "!client.h"},
    "client.h": {"*", "!server", "!server.h"},
    "server": {"*", "!client", "!client.h"},
    "client": {"*", "!server", "!server.h"},
}
PRIVATE = {"core", "server", "client", "session", "wire", "http", "kernels", "deflate"}
# Ports implement transport.h and network.h. lwIP's memory copy is the core's own kernel.
PORT_ALLOWED = {"bytes.h", "status.h", "transport.h", "network.h", "config.h", "copy.h"}
PORT_OWN = {"lwip": "lwip/", "posix": "sys/"}
# No port but a layer of lwIP above Whit: it uses Whit as applications do.
ABOVE_WHIT = "altcp"
LIMIT_LINES, SOFT_LINES = 60, 35


def tracked():
    code, text = command("git", "ls-files", "-co", "--exclude-standard")
    if code != 0:  # an archive of the tree: all files but those of builds
        return [path for path in sorted(ROOT.rglob("*")) if path.is_file() and not {"build", "__pycache__"} & set(path.relative_to(ROOT).parts)]
    return [ROOT / name for name in text.split("\n") if name and (ROOT / name).is_file()]


def sources(*folders):
    return [path for path in tracked() if path.suffix in SOURCE_SUFFIXES
            and any(path.is_relative_to(ROOT / folder) for folder in folders)]


def includes(text):
    return re.findall(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', text, re.M)


def without_comments(text):
    """The text without comments, line for line."""
    text = re.sub(r"/\*.*?\*/", lambda match: "\n" * match.group(0).count("\n"), text, flags=re.S)
    return re.sub(r"//[^\n]*", "", text)


# ---- the rules: each takes a path below ROOT and a text, and gives problems ----


def stack_problems(path, text):
    """path: below stack/whit."""
    folder = path.parts[0] if len(path.parts) > 1 or path.parts[0] in ALLOWED else ""
    allowed = ALLOWED.get(folder, {"*"})
    for name in includes(text):
        if name in C_HEADERS:
            continue
        if not name.startswith("whit/"):
            yield f"{path} includes {name}: the core includes {', '.join(sorted(C_HEADERS))} and its own files"
            continue
        inner = name[len("whit/"):]
        top = inner.split("/")[0]
        if top == folder and folder:
            continue
        denied = "!" + top in allowed
        permitted = "*" in allowed or inner in allowed or (top + "/") in allowed
        if denied or not permitted:
            yield f"{path} includes {name}: against the arrows of the layers"


def public_problems(path, text):
    """path: a file outside of stack/whit that uses Whit as its users do."""
    for name in includes(text):
        if name.startswith("whit/") and name.count("/") > 1 and name.split("/")[1] in PRIVATE:
            yield f"{path} includes {name}: the folders below stack/whit are private"


def reach_problems(path, text):
    """path: below stack/whit. The roles, and the handle of a connection for a server, call functions of the core."""
    if path.parts[0] in ("server", "client", "server.h", "client.h"):
        for member in re.findall(r"core_->(\w+_)\b", without_comments(text)):
            yield f"{path} reaches for core::Core::{member}: the roles call its functions"
    if path.name != "connection.h":
        for member in re.findall(r"(?:\.|->)(head_|receiver_|cause_|bytes_|heard_ms_)\b", without_comments(text)):
            yield f"{path} reaches for Connection::{member}, which shares its memory: there is a function for it"


def configuration_problems(path, text):
    if path.parts[0] in ("kernels", "deflate", "wire", "http", "session") and ("config::" in text or "whit/config.h" in includes(text)):
        yield f"{path} uses a number of the configuration: it takes numbers as arguments"


def port_problems(path, text):
    """path: below port/whit."""
    if path.parts[0] == ABOVE_WHIT:
        yield from public_problems(path, text)
        return
    for name in includes(text):
        own = name.startswith(f"whit/{path.parts[0]}/")
        if name.startswith("whit/") and not own and name[len("whit/"):] not in PORT_ALLOWED:
            yield f"{path} includes {name}: a port knows transport.h and network.h"
        for port, prefix in PORT_OWN.items():
            if name.startswith(prefix) and path.parts[0] != port and (port != "lwip" or name.count("/")):
                if not name.startswith(path.parts[0] + "/"):
                    yield f"{path} includes {name}: that is port/{port}'s"


def conditional_problems(path, text):
    for number, line in enumerate(without_comments(text).split("\n"), 1):
        if path.suffix == ".cpp" and re.match(r"\s*#\s*(if|ifdef|ifndef|elif)\b", line):
            yield f"{path}:{number}: conditional compilation in the core"
        match = re.match(r"\s*#\s*define\s+(\w+)", line)
        of_version = path.name == "version.h" and match and match.group(1).startswith("WHIT_VERSION")  # for #if of users
        if match and match.group(1) != "WHIT_ASSERT" and not of_version:
            yield f"{path}:{number}: macro {match.group(1)}"


def c_interface_problems(path, text):
    """path: below stack/c. The interface for C is over the public headers alone, and its macros are whit.h's."""
    for name in includes(text):
        if name.startswith("whit/") and name.count("/") > 1:
            yield f"{path} includes {name}: the C interface is over the public headers alone"
        elif not name.startswith("whit/") and name not in C_HEADERS | {"stdbool.h", "whit.h", "whit_cpp.h", "place.h"}:
            yield f"{path} includes {name}: the C interface includes {', '.join(sorted(C_HEADERS))} and its own files"
    if path.name == "whit.h":
        for name in re.findall(r"^\s*#\s*define\s+(\w+)", text, re.M):
            if not name.startswith("WHIT_"):
                yield f"{path}: the macro {name} does not begin with WHIT_"
    else:
        yield from conditional_problems(path, text)


def licence_problems(path, text):
    lines = text.split("\n")
    place = 1 if lines[0].startswith("#!") else 0
    if len(lines) <= place or "SPDX-License-Identifier: MIT" not in lines[place]:
        yield f"{path}: the first line (after #!) does not say SPDX-License-Identifier: MIT"


NOT_A_FUNCTION = re.compile(r"\s*(\}|(else|if|for|while|switch|do|namespace|class|struct|enum|union|extern|typedef|using)\b)")


def functions(text):
    """(line, length) of each function: from its signature to the brace in the same column. Needs our formatting."""
    lines = without_comments(text).split("\n")
    for number, line in enumerate(lines):
        if not line.rstrip().endswith("{") or NOT_A_FUNCTION.match(line) or "(" not in " ".join(lines[max(0, number - 5):number + 1]):
            continue
        begin = number
        # A signature of several lines: its continuation lines are indented by four more.
        while begin > 0 and not line.strip().startswith("template") and ("(" not in line or line.count(")") > line.count("(")):
            begin -= 1
            line = lines[begin]
            if number - begin > 8:
                break
        if NOT_A_FUNCTION.match(line) or "=" in line.split("(")[0] or "#define" in line:
            continue
        indent = line[:len(line) - len(line.lstrip())]
        for end in range(number + 1, len(lines)):
            if lines[end].startswith(indent + "}"):
                yield begin + 1, end - begin + 1
                break


def length_problems(path, text):
    for line, length in functions(text):
        if length > LIMIT_LINES:
            yield f"{path}:{line}: a function of {length} lines (at most {LIMIT_LINES})"


# Ties to one machine or one place: hosts that exist, folders of an account.
OUTSIDE_HOST = re.compile(r"\bhttps?://[\w.-]*\.(?:org|com|net|io|dev)\b", re.ASCII)
OWN_FOLDER = re.compile(r"(?<![\w.$})/-])/(?:work|home|root)/\w", re.ASCII)


def unwanted_problems(path, text):
    text = text.replace("http://www.w3.org/2000/svg", "")  # the name of SVG's vocabulary, which every such file carries
    for found in OUTSIDE_HOST.findall(text) + OWN_FOLDER.findall(text):
        if "example" not in found.lower():
            yield f"{path} mentions {found}"


def all_problems(rule, paths, base):
    return [problem for path in paths for problem in rule(path.relative_to(base), path.read_text(errors="replace"))]


# ---- the tree ----


def test_include_arrows_of_the_core():
    expect_none(all_problems(stack_problems, sources("stack/whit"), ROOT / "stack" / "whit"))


def test_boards_addons_and_ecosystems_see_public_headers_alone():
    expect_none(all_problems(public_problems, sources("boards", "stack/addons", "port/ecosystems"), ROOT))


def test_include_arrows_of_the_ports():
    expect_none(all_problems(port_problems, sources("port/whit"), ROOT / "port" / "whit"))


def test_the_guide_for_ports_names_what_a_port_may_include():
    text = (ROOT / "port" / "README.md").read_text()
    sentence = re.search(r"A port may include (.*?) and nothing more of Whit\.", text, re.S)
    assert sentence, "port/README.md does not say what a port may include"
    named = set(re.findall(r"`whit/([^`]+)`", sentence.group(1)))
    expect_none([f"port/README.md and PORT_ALLOWED differ about {name}" for name in sorted(named ^ PORT_ALLOWED)])


def test_wire_and_session_take_numbers_as_arguments():
    expect_none(all_problems(configuration_problems, sources("stack/whit"), ROOT / "stack" / "whit"))


def test_the_roles_call_functions_of_the_core():
    expect_none(all_problems(reach_problems, sources("stack/whit"), ROOT / "stack" / "whit"))


def test_no_macros_and_no_conditional_compilation_in_the_core():
    expect_none(all_problems(conditional_problems, sources("stack/whit", "stack/host_kernels", "stack/addons"), ROOT))


def test_the_c_interface_is_over_the_public_headers_alone():
    expect_none(all_problems(c_interface_problems, sources("stack/c"), ROOT / "stack" / "c"))


def test_licence_line_in_every_source():
    kinds = SOURCE_SUFFIXES + (".py", ".js", ".cmake", ".sh", ".ld", ".s")
    names = {"CMakeLists.txt", "Kconfig", "defconfig", "run", ".clang-format", ".clang-tidy", ".gitignore"}
    files = [p for p in tracked() if p.suffix in kinds or p.name in names or (p.parent == ROOT / "tools" and not p.suffix)]
    assert len(files) > 20, "found hardly any file"
    expect_none(all_problems(licence_problems, files, ROOT))


def test_no_function_is_too_long():
    expect_none(all_problems(length_problems, sources("stack", "port", "boards"), ROOT))


def test_nine_functions_in_ten_are_short():
    lengths = [length for path in sources("stack", "port", "boards") for _, length in functions(path.read_text())]
    short = sum(length <= SOFT_LINES for length in lengths)
    assert len(lengths) > 50, f"found only {len(lengths)} functions"
    assert short >= 0.9 * len(lengths), f"only {short} of {len(lengths)} functions have at most {SOFT_LINES} lines"


def test_nothing_outside_the_project_is_mentioned():
    expect_none(all_problems(unwanted_problems, [p for p in tracked() if p.suffix not in (".pcap", ".bin")], ROOT))


def test_every_number_of_the_configuration_is_used():
    header = (ROOT / "stack/whit/config.h").read_text()
    names = re.findall(r"inline constexpr \w+ (k\w+)", header)
    # C code (lwIP, Mbed TLS) gets its numbers through CMake, by the names of Kconfig.
    symbols = "".join(p.read_text() for folder in ("port", "tools/cmake", "boards") for p in (ROOT / folder).rglob("*")
                      if p.suffix == ".cmake" or p.name == "CMakeLists.txt" or (p.name.startswith("whit_") and p.suffix == ".h"))
    by_cmake = {"k" + "".join(word.capitalize() for word in symbol.lower().split("_")[1:])
                for symbol in re.findall(r"\bWHIT_[A-Z0-9_]+", symbols)}
    assert len(names) > 10, "found no numbers"
    code = "".join(p.read_text() for p in sources("stack", "port", "boards") if p.name != "config.h")
    expect_none([f"nothing uses config::{name}" for name in names
                 if not re.search(rf"\bconfig::{name}\b", code) and name not in by_cmake])


def test_every_file_of_the_core_has_a_unit_test():
    problems = []
    for path in sources("stack/whit"):
        if path.suffix != ".cpp":
            continue
        inner = path.relative_to(ROOT / "stack" / "whit")
        # The loop's files lie in stack/whit itself, their tests in a folder of their own.
        folder = str(inner.parent) if len(inner.parts) > 1 else "*"
        if not list((ROOT / "tests" / "unit").glob(f"{folder}/{path.stem}_test.cpp")):
            problems.append(f"stack/whit/{inner} has no tests/unit/{folder}/{path.stem}_test.cpp")
    expect_none(problems)


TESTS_BY_KIND = {"unit", "peers", "cost", "repository", "support"}
TESTS_FILES = {"CMakeLists.txt", "README.md", "conftest.py", "pytest.ini"}


def test_tests_lie_in_the_folder_of_their_kind():
    inner = [path.relative_to(ROOT / "tests") for path in tracked() if path.is_relative_to(ROOT / "tests")]
    foreign = {path.parts[0] for path in inner} - TESTS_BY_KIND - TESTS_FILES
    assert not foreign, f"tests/README.md says what belongs where; it knows no {sorted(foreign)}"
    rows = set(re.findall(r"^\| `(\w+)/` ", (ROOT / "tests" / "README.md").read_text(), re.M))
    assert rows == TESTS_BY_KIND, f"the table of tests/README.md names {sorted(rows)}"


def test_options_of_the_examples_live_as_long_as_their_connections():
    examples = [path for path in (ROOT / "port/ecosystems").rglob("*") if path.suffix in (".cpp", ".ino")]
    assert len(examples) > 8
    # An object of a function: a setup() that returns would leave the server with a dangling pointer.
    expect_none([f"{path}: options of a function" for path in examples
                 if re.search(r"^ +(whit::)?(Server|Client)Options \w+;", path.read_text(), re.M)])


def test_no_links_and_no_large_files():
    expect_none([f"{p.relative_to(ROOT)} is a link or larger than 256 KiB" for p in tracked()
                 if p.is_symlink() or p.stat().st_size > 256 * 1024])


# ---- the core compiles without a C++ library, file by file, each header alone ----

FREESTANDING = ["-std=c++17", "-nostdinc++", "-fsyntax-only", "-fno-exceptions", "-fno-rtti", "-Wall", "-Wextra", "-Werror",
                "-I", ROOT / "stack", "-I", ROOT / "stack" / "addons", "-I", ROOT / "stack" / "c"]


def compile_alone(compiler, flags, files):
    problems = []
    for path in files:
        # A header is included by a line, so that its own #pragma once is in its place.
        with tempfile.NamedTemporaryFile("w", suffix=".cpp") as unit:
            unit.write(f'#include "{path}"\n')
            unit.flush()
            code, text = command(compiler, *flags, *FREESTANDING, unit.name)
        if code != 0:
            problems.append(f"{path.relative_to(ROOT)}: {text[:300]}")
    return problems


def test_core_compiles_without_a_cpp_library_on_this_machine():
    expect_none(compile_alone("g++", ["-m64"], sources("stack")))


def test_core_compiles_without_a_cpp_library_for_32_bits():
    # GCC notes that vectors are returned in another way without SSE; they are returned only inside a file.
    expect_none(compile_alone("g++", ["-m32", "-Wno-psabi"], sources("stack/whit")))


def test_core_compiles_without_a_cpp_library_for_cortex_m3():
    flags = ["-mcpu=cortex-m3", "-mthumb", "--specs=picolibc.specs"]
    expect_none(compile_alone("arm-none-eabi-g++", flags, sources("stack/whit")))


# ---- the rules themselves, on texts that break them ----


def finds(rule, path, text):
    return list(rule(Path(path), text))


def test_the_rules_find_what_they_are_for():
    wrong = [
        (stack_problems, "wire/a.cpp", "#include <vector>\n"),
        (stack_problems, "wire/a.cpp", "#include <cstdint>\n"),
        (stack_problems, "wire/a.cpp", '#include "whit/session/pool.h"\n'),
        (stack_problems, "wire/a.h", '#include "whit/config.h"\n'),
        (stack_problems, "deflate/a.h", '#include "whit/wire/frame.h"\n'),
        (stack_problems, "session/a.h", '  #  include "whit/network.h"\n'),
        (stack_problems, "session/a.h", '#include "whit/server/accept.h"\n'),
        (stack_problems, "server/a.h", '#include "whit/client/dial.h"\n'),
        (stack_problems, "client/a.h", '#include "whit/server.h"\n'),
        (stack_problems, "server.h", '#include "whit/client.h"\n'),
        (stack_problems, "loop.h", '#include "lwip/tcp.h"\n'),
        (stack_problems, "core/a.cpp", '#include "whit/client.h"\n'),
        (public_problems, "boards/a.cpp", '#include "whit/http/url.h"\n'),
        (configuration_problems, "session/a.cpp", "int a = config::kBuffers;\n"),
        (reach_problems, "server/a.cpp", "core_->pool_.size();\n"),
        (reach_problems, "core/a.cpp", "c->head_.status = 0;\n"),
        (port_problems, "posix/a.cpp", '#include "whit/loop.h"\n'),
        (port_problems, "altcp/a.cpp", '#include "whit/core/core.h"\n'),
        (port_problems, "posix/a.cpp", "#include <lwip/tcp.h>\n"),
        (port_problems, "pipe/a.cpp", "#include <sys/socket.h>\n"),
        (conditional_problems, "a.cpp", "int a;\n#ifdef A\n#endif\n"),
        (conditional_problems, "a.h", "#define A 1\n"),
        (conditional_problems, "whit/a.h", "#define WHIT_VERSION 1\n"),
        (c_interface_problems, "a.cpp", '#include "whit/core/core.h"\n'),
        (c_interface_problems, "a.cpp", '#include "whit/posix/posix_network.h"\n'),
        (c_interface_problems, "a.cpp", "#include <new>\n"),
        (c_interface_problems, "whit.h", "#define TEXT 1\n"),
        (c_interface_problems, "a.cpp", "#if 1\n#endif\n"),
        (licence_problems, "a.h", "#pragma once\n// SPDX-License-Identifier: MIT\n"),
        (length_problems, "a.cpp", "void f() {\n" + "  ++a;\n" * 59 + "}\n"),
        (length_problems, "a.cpp", "void f(int a,\n       int b) {\n" + "  ++a;\n" * 59 + "}\n"),
        (unwanted_problems, "a.md", "see https:" + "//mirror.org"),
        (unwanted_problems, "a.md", "see /" + "home/me"),
    ]
    expect_none([f"{rule.__name__} finds nothing wrong in {path}: {text[:40]!r}" for rule, path, text in wrong
                 if not finds(rule, path, text)])


def test_the_rules_leave_the_rest_alone():
    right = [
        (stack_problems, "wire/a.cpp", '#include <stdint.h>\n#include "whit/bytes.h"\n#include "whit/wire/a.h"\n'),
        (stack_problems, "session/a.cpp", '#include "whit/wire/a.h"\n#include "whit/session/pool.h"\n'),
        (stack_problems, "server/a.cpp", '#include "whit/session/pool.h"\n#include "whit/server/a.h"\n'),
        (stack_problems, "loop.h", '#include "whit/network.h"\n'),
        (reach_problems, "server/a.cpp", "core_->buffer_bytes();\nconnection->head();\n"),
        (reach_problems, "core/a.cpp", "core_->pool_.size();\n"),
        (public_problems, "boards/a.cpp", '#include "whit/client.h"\n#include "whit/posix/posix_network.h"\n'),
        (port_problems, "lwip/a.cpp", '#include "lwip/tcp.h"\n#include "whit/transport.h"\n'),
        (port_problems, "altcp/a.cpp", '#include "lwip/altcp.h"\n#include "whit/client.h"\n'),
        (conditional_problems, "a.cpp", "// #if\n#include <a>\n"),
        (conditional_problems, "whit/version.h", "#define WHIT_VERSION_MAJOR 1\n"),
        (c_interface_problems, "a.cpp", '#include "whit.h"\n#include "whit/server.h"\n#include <stddef.h>\n'),
        (c_interface_problems, "whit.h", "#if defined(__cplusplus)\n#define WHIT_TEXT 1\n#endif\n"),
        (length_problems, "a.cpp", "void f() {\n" + "  ++a;\n" * 58 + "}\n"),
        (length_problems, "a.cpp", "void f() {\n  if (a(1)) {\n    ++a;\n  } else {\n    ++a;\n  }\n" + "}\n" + "int a;\n" * 90 + "  }\n"),
        (length_problems, "a.cpp", "namespace a {\n" + "int a;\n" * 90 + "}\n"),
    ]
    expect_none([f"{rule.__name__}: {problem}" for rule, path, text in right for problem in finds(rule, path, text)])

