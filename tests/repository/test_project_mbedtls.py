# SPDX-License-Identifier: MIT
# about: wss over the Mbed TLS that a project has: as a package and as a target, and what it must not lack
# needs: host mbedtls tls
# early:
"""Mbed TLS in its default configuration is built and installed into a temporary folder. The port is compiled for that
package; the core and the applications are build/host's."""
import concurrent.futures
import json
import re
import shlex
import subprocess

import pytest
from support.machine import BUILD, ROOT, command, free_port

SOURCE = BUILD / "mbedtls"
PORT = ROOT / "port" / "whit" / "mbedtls"
HEAD = "cmake_minimum_required(VERSION 3.21)\nproject(product LANGUAGES CXX C)\n"
ADD = f"add_subdirectory({ROOT} whit)\n"
DEFCONFIG = f"-DWHIT_DEFCONFIG={ROOT}/boards/host/defconfig"
GENERATED = BUILD / "host" / "generated"
COMPILE = ["g++", "-std=c++17", "-fsyntax-only", "-I", GENERATED, "-I", ROOT / "stack", "-I", ROOT / "port"]


def configure(folder, text, *options):
    """Configures a project with this CMakeLists.txt. Returns (exit code, output with single spaces)."""
    folder.mkdir(exist_ok=True)
    (folder / "CMakeLists.txt").write_text(text)
    code, output = command("cmake", "-G", "Ninja", "-S", folder, "-B", folder / "build", DEFCONFIG, *options)
    return code, " ".join(output.split())


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """Mbed TLS as it installs itself."""
    folder = tmp_path_factory.mktemp("package")
    code, text = command("cmake", "-G", "Ninja", "-S", SOURCE, "-B", folder / "build", "-DENABLE_PROGRAMS=OFF", "-DENABLE_TESTING=OFF",
                         "-DGEN_FILES=OFF", "-DCMAKE_C_FLAGS=-O0", "-DCMAKE_BUILD_TYPE=None", f"-DCMAKE_INSTALL_PREFIX={folder}/prefix")
    assert code == 0, text
    code, text = command("nice", "cmake", "--build", folder / "build", "--target", "install")
    assert code == 0, text
    return folder / "prefix"


# ---- it works ----


def compiled(build):
    """Compiles the port by the commands of a build folder, and nothing else of it. Returns the objects."""
    entries = [entry for entry in json.loads((build / "compile_commands.json").read_text()) if "/whit_port_mbedtls.dir/" in entry["command"]]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda entry: command(*shlex.split(entry["command"]), cwd=build), entries)
        assert not [text for code, text in results if code != 0]
    return [build / shlex.split(entry["command"])[-3] for entry in entries]


@pytest.fixture(scope="module")
def programs(package, tmp_path_factory):
    """echo_server and echo_client of build/host, with the package beneath in place of Whit's own copy."""
    folder = tmp_path_factory.mktemp("programs")
    code, text = configure(folder, HEAD + ADD, "-DWHIT_MBEDTLS_TARGET=MbedTLS::mbedtls", f"-DCMAKE_PREFIX_PATH={package}",
                           "-DCMAKE_CXX_FLAGS=-O0 -DWHIT_ASSERTS=1", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON")
    assert code == 0, text
    objects = compiled(folder / "build")
    assert len(objects) > 10, objects
    host = BUILD.resolve() / "host"
    for name in ("echo_server", "echo_client"):
        own = sorted((host / "boards/apps/CMakeFiles" / f"{name}.dir").rglob("*.o"))
        code, text = command("g++", "-o", folder / name, *own, *objects,
                             host / "port/whit/posix/libwhit_port_posix.a", host / "stack/libwhit_addons.a", host / "stack/libwhit_stack.a",
                             *[package / "lib" / f"libmbed{part}.a" for part in ("tls", "x509", "crypto")])
        assert code == 0, text
    code, text = command(ROOT / "tools/certificates", folder / "tls")
    assert code == 0, text
    return folder


def server_of(programs, port, *options):
    """The server's process; its first line is out when it listens."""
    process = subprocess.Popen([programs / "echo_server", "--address", "127.0.0.1", "--port", str(port), *options],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert "listening" in process.stdout.readline()
    return process


@pytest.mark.parametrize("version", ("1.2", "1.3"))
def test_wss_echo_in_both_roles(programs, version):
    port = free_port()
    options = ["--tls-min", version, "--tls-max", version]
    server = server_of(programs, port, "--tls-cert", programs / "tls/server.pem", "--tls-key", programs / "tls/server.key", *options)
    try:
        code, text = command(programs / "echo_client", f"wss://127.0.0.1:{port}/", "--ca", programs / "tls/ca.pem", "--connections", 2,
                             *options, timeout=60)
    finally:
        server.kill()
        server.wait()
    assert code == 0, text
    assert re.findall("TLS session (.*)", text) == ["new", "resumed"], text


def test_memory_is_the_package_s(programs):
    names = command("nm", programs / "echo_server")[1]
    assert "mbedtls_ssl_handshake_step" in names and "whit_tls_calloc" not in names


def test_a_target_of_the_project_is_taken(package, tmp_path):
    code, text = configure(tmp_path, HEAD + f"add_library(tls INTERFACE)\ntarget_include_directories(tls INTERFACE {package}/include)\n"
                           + "set(WHIT_MBEDTLS_TARGET tls)\n" + ADD + "if(NOT TARGET whit::port_mbedtls)\nmessage(FATAL_ERROR none)\nendif()\n")
    assert code == 0, text


# ---- what is refused ----


def requirements():
    """[option] of tls_requirements.cpp."""
    text = (PORT / "tls_requirements.cpp").read_text()
    return re.findall(r'^WHIT_NEEDS\([^"]*"\w+", (MBEDTLS_\w+),', text, re.M)


def check(tmp_path, user_config, include):
    """Compiles tls_requirements.cpp. Returns what it says itself."""
    (tmp_path / "user_config.h").write_text(user_config)
    _, text = command(*COMPILE, "-I", tmp_path, '-DMBEDTLS_USER_CONFIG_FILE="user_config.h"', "-isystem", include,
                      PORT / "tls_requirements.cpp")
    return re.findall(r"tls_requirements\.cpp:\d+:\d+: error: (.*)", text)


def test_the_default_configuration_lacks_nothing(tmp_path):
    assert check(tmp_path, "", SOURCE / "include") == []
    assert len(requirements()) > 30


@pytest.mark.parametrize("option", sorted(set(requirements())))
def test_each_missing_option_has_one_message(tmp_path, option):
    said = [line for line in check(tmp_path, f"#undef {option}\n", SOURCE / "include") if f" needs {option}: " in line]
    assert len(said) == 1 and "define it in Mbed TLS's configuration" in said[0], said


def test_an_option_that_takes_aes_256_away_is_refused(tmp_path):
    option = "MBEDTLS_AES_ONLY_128_BIT_KEY_LENGTH"
    assert [line for line in check(tmp_path, f"#define {option}\n", SOURCE / "include") if f"do not define {option}" in line]


def test_the_message_comes_before_the_errors_of_the_port(package, tmp_path):
    (tmp_path / "user_config.h").write_text("#undef MBEDTLS_SSL_ALPN\n")
    code, text = configure(tmp_path, HEAD + ADD, "-DWHIT_MBEDTLS_TARGET=MbedTLS::mbedtls", f"-DCMAKE_PREFIX_PATH={package}",
                           f"-DCMAKE_CXX_FLAGS=-I{tmp_path} -DMBEDTLS_USER_CONFIG_FILE=\\\"user_config.h\\\"")
    assert code == 0, text
    _, text = command("ninja", "-C", tmp_path / "build", "-t", "commands", "whit/port/whit/mbedtls/CMakeFiles/whit_port_mbedtls.dir/tls_role.cpp.o")
    before = next(line for line in text.splitlines() if line.endswith("/tls_requirements.cpp"))
    assert text.index(before) < text.index("/tls_role.cpp"), text
    _, text = command(*shlex.split(before), cwd=tmp_path / "build")
    assert re.findall("error: (.*)", text) == ["static assertion failed: Whit needs MBEDTLS_SSL_ALPN: define it in Mbed TLS's configuration"], text


@pytest.mark.parametrize("version,number,accepted", [("3.6.0", "0x03060000", True), ("3.5.2", "0x03050200", False),
                                                     ("4.0.0", "0x04000000", False)])
def test_versions(tmp_path, version, number, accepted):
    """The headers are 3.6.6's with another number."""
    (tmp_path / "mbedtls").mkdir()
    text = (SOURCE / "include/mbedtls/build_info.h").read_text()
    text = re.sub(r"(define MBEDTLS_VERSION_NUMBER +)\w+", rf"\g<1>{number}", text)
    (tmp_path / "mbedtls/build_info.h").write_text(text)
    _, text = command(*COMPILE, "-isystem", tmp_path, "-isystem", SOURCE / "include", PORT / "tls_requirements.cpp")
    assert ("Whit needs Mbed TLS 3.6: this is another version" in text) != accepted, text


def old_headers(folder):
    """What Mbed TLS 2.28 installs, as Debian 12 has it, as far as it matters here."""
    (folder / "include/mbedtls").mkdir(parents=True)
    (folder / "include/mbedtls/version.h").write_text('#define MBEDTLS_VERSION_STRING         "2.28.3"\n')
    return folder


def test_2_28_is_refused_in_one_line(tmp_path):
    prefix = old_headers(tmp_path / "prefix")
    code, text = configure(tmp_path / "project", HEAD + ADD, "-DWHIT_MBEDTLS_TARGET=MbedTLS::mbedtls", f"-DCMAKE_PREFIX_PATH={prefix}",
                           "-DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF")
    assert code != 0 and f"Mbed TLS 3.6 with its CMake package is needed; 2.28.3 is in {prefix}/include" in text, text
    _, text = command(*COMPILE, "-nostdinc", "-isystem", prefix / "include", PORT / "tls_requirements.cpp")
    assert "this is 2.28 or older" in text and text.count("error:") == 1, text


@pytest.mark.parametrize("options,reason", [
    (["-DWHIT_MBEDTLS_TARGET=nowhere"], "WHIT_MBEDTLS_TARGET=nowhere: there is no such target; it has to be added before Whit"),
    (["-DWHIT_MBEDTLS_TARGET=nowhere", f"-DWHIT_MBEDTLS_DIR={SOURCE}"], "set one of them"),
    (["-DWHIT_MBEDTLS_TARGET=nowhere", "-DWHIT_DEFCONFIG="], "the configuration has no WHIT_TLS; set CONFIG_WHIT_TLS=y"),
], ids=("no_such_target", "both", "without_tls"))
def test_what_cannot_work_is_refused(tmp_path, options, reason):
    code, text = configure(tmp_path, HEAD + ADD, *options)
    assert code != 0 and reason in text, text


# ---- two copies ----

OTHER = "add_library(mbedtls INTERFACE)\nadd_library(MbedTLS::mbedtls ALIAS mbedtls)\n"


@pytest.mark.parametrize("text", (OTHER + ADD, ADD + OTHER), ids=("before", "behind"))
def test_two_copies_are_refused_when_it_is_configured(tmp_path, text):
    code, output = configure(tmp_path, HEAD + text)
    assert code != 0 and "Two copies of Mbed TLS: the project has the target MbedTLS::mbedtls" in output, output
    code, output = configure(tmp_path, HEAD + text, f"-DWHIT_MBEDTLS_DIR={SOURCE}")
    assert code == 0, output


USE = """#include <mbedtls/sha256.h>
int use(void) { mbedtls_sha256_context context; mbedtls_sha256_init(&context); return mbedtls_sha256_starts(&context, 0); }
"""


@pytest.mark.parametrize("order", ("ours_first", "theirs_first"))
def test_two_copies_are_refused_when_it_is_linked(package, tmp_path, order):
    """echo_server, with one source more that uses the package."""
    (tmp_path / "use.c").write_text(USE)
    code, text = command("gcc", "-c", "-isystem", package / "include", tmp_path / "use.c", "-o", tmp_path / "use.o")
    assert code == 0, text
    text = command("ninja", "-C", BUILD / "host", "-t", "commands", "-s", "echo_server")[1]
    words = shlex.split(text.strip().splitlines()[-1])
    words = words[words.index("&&") + 1:] if "&&" in words else words
    words = words[:words.index("&&")] if "&&" in words else words
    theirs = str(package / "lib/libmbedcrypto.a")
    first = next(index for index, word in enumerate(words) if word.endswith("libwhit_mbedtls.a"))
    words = words[:first] + [theirs] + words[first:] if order == "theirs_first" else [*words, theirs]
    at = words.index("-o")
    link = [*words[:at], "-o", str(tmp_path / "program"), "-Wl,--undefined=use", str(tmp_path / "use.o"), *words[at + 2:]]
    code, text = command(*link, cwd=BUILD / "host")
    assert code != 0 and "Two copies of Mbed TLS in one program" in text, text[-3000:]


