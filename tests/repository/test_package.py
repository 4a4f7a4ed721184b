# SPDX-License-Identifier: MIT
# about: Whit installed: find_package, pkg-config and Debian packages, static and shared, what is exported; tools/release
# needs: host lwip
# early:
"""The static tree is what the Debian packages of build/host hold, which is built anyway. The shared one is built here, once."""
import hashlib
import json
import re
import shutil
import tarfile
import zipfile

import pytest
from support.machine import BUILD, ROOT, command, expect_none
from test_consume import CONSUME, HEAD, OK, VERSION, Product
from test_tree import PRIVATE, includes, tracked

MAJOR, MINOR, _ = VERSION.split(".")
SERIES = f"{MAJOR}.{MINOR}"  # versions that may take each other's place


def run(*words, **more):
    code, text = command(*words, **more)
    assert code == 0, text
    return text


# ---- the installed trees ----


@pytest.fixture(scope="session")
def debian(scratch):
    """The folders of the Debian packages of build/host, unpacked, and {name: control fields}."""
    folder = scratch / "debian"
    run("nice", "cpack", "--config", BUILD.resolve() / "host/CPackConfig.cmake", "-G", "DEB", "-B", folder)
    fields = {}
    for package in folder.glob("*.deb"):
        run("dpkg-deb", "-x", package, folder / "root")
        text = run("dpkg-deb", "-f", package)
        fields[package.name] = dict(re.findall(r"^([A-Za-z-]+): (.*)$", text, re.M))
    return folder / "root" / "usr", fields


@pytest.fixture(scope="session")
def static(debian):
    return debian[0]


@pytest.fixture(scope="session")
def shared(scratch):
    build, prefix = scratch / "shared", scratch / "prefix"
    # Not optimised: it is built for this test alone.
    run("cmake", "-G", "Ninja", "-S", ROOT, "-B", build, "-DBUILD_SHARED_LIBS=ON", "-DWHIT_PORTS=posix;pipe;proxy",
        "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O0")
    run("nice", "cmake", "--build", build)
    run("cmake", "--install", build, "--prefix", prefix)
    return prefix


@pytest.fixture(params=["static", "shared"])
def prefix(request):
    return request.getfixturevalue(request.param)


def libraries_of(prefix):
    return next(path.parent for path in sorted(prefix.glob("lib/**/pkgconfig")))


# ---- programs of users ----

FIND = "find_package(whit {} REQUIRED COMPONENTS {})\n"


def test_find_package(prefix):
    text = HEAD + FIND.format(SERIES, "posix pipe proxy addons")
    for name, libraries in (("pipe_echo", "whit::port_pipe"), ("posix_echo", "whit::port_posix"),
                            ("parts", "whit::port_posix whit::port_proxy whit::addons whit::stack")):
        text += f"add_executable({name} {CONSUME}/{name}.cpp)\ntarget_link_libraries({name} PRIVATE {libraries})\n"
    with Product(text, f"-DCMAKE_PREFIX_PATH={prefix}") as product:
        assert product.code == 0, product.text
        assert command(product.build_path / "pipe_echo", timeout=60) == OK
        assert command(product.build_path / "posix_echo", timeout=60) == OK
        assert command(product.build_path / "parts", timeout=60) == (0, "")


def test_find_package_gives_wss_with_the_copy_of_mbed_tls(static, tmp_path):
    source = tmp_path / "tls.cpp"
    source.write_text('#include "whit/mbedtls/tls_network.h"\n#include "whit/posix/posix_network.h"\n'
                      "static whit::PosixNetwork<2> tcp;\nstatic whit::TlsNetwork<2> tls{tcp};\n"
                      "int main() { return tls.capacity() == 2 ? 0 : 1; }\n")
    text = (HEAD + FIND.format(SERIES, "posix mbedtls")
            + f"add_executable(product {source})\ntarget_link_libraries(product PRIVATE whit::port_mbedtls whit::port_posix)\n")
    with Product(text, f"-DCMAKE_PREFIX_PATH={static}") as product:
        assert product.run() == (0, "")
        assert "MBEDTLS" not in product.command_for("tls.cpp"), "flags of the copy reach a program that may have another"
    flags = run("pkg-config", "--static", "--cflags", "--libs", "whit-mbedtls", "whit-posix", env=pkg_config(static)).split()
    run("g++", "-std=c++17", source, "-o", tmp_path / "product", *flags)
    assert command(tmp_path / "product") == (0, "")


def pkg_config(prefix):
    return {"PKG_CONFIG_PATH": str(libraries_of(prefix) / "pkgconfig"), "PATH": "/usr/bin:/bin"}


@pytest.mark.parametrize("program", ["pipe", "posix"])
def test_pkg_config(prefix, program, tmp_path):
    libraries = libraries_of(prefix)
    kind = [] if list(libraries.glob("*.so")) else ["--static"]
    flags = run("pkg-config", *kind, "--cflags", "--libs", f"whit-{program} = {VERSION}", env=pkg_config(prefix)).split()
    run("g++", "-std=c++17", CONSUME / f"{program}_echo.cpp", "-o", tmp_path / "product", *flags, f"-Wl,-rpath,{libraries}")
    assert command(tmp_path / "product", timeout=60) == OK


REFUSED = {
    "component": (SERIES, "posix carrier_pigeon", "without the component carrier_pigeon; there are: stack, addons, "),
    "next_minor": (f"{MAJOR}.{int(MINOR) + 1}", "posix", "requested version"),
    "earlier_minor": (f"{MAJOR}.{int(MINOR) - 1}", "posix", "requested version"),
    "later_patch": (f"{SERIES}.99", "posix", "requested version"),
}


@pytest.mark.parametrize("version, components, expected", REFUSED.values(), ids=REFUSED)
def test_find_package_says_what_it_has_not(static, version, components, expected):
    with Product(HEAD + FIND.format(version, components), f"-DCMAKE_PREFIX_PATH={static}", build=False) as product:
        assert product.code != 0 and expected in " ".join(product.text.split()), product.text


def test_optional_components_are_told(static):
    text = ("find_package(whit REQUIRED COMPONENTS pipe OPTIONAL_COMPONENTS carrier_pigeon)\n"
            "if(NOT whit_pipe_FOUND OR whit_carrier_pigeon_FOUND)\nmessage(FATAL_ERROR wrong)\nendif()\n")
    with Product(HEAD + text, f"-DCMAKE_PREFIX_PATH={static}", build=False) as product:
        assert product.code == 0, product.text


# ---- what lies in the trees ----


def test_headers_are_public_ones_and_those_that_they_include(prefix):
    found = {path.relative_to(prefix / "include") for path in prefix.glob("include/**/*.h")}
    public = {path for path in found if len(path.parts) == 2}
    source = {path.relative_to(ROOT / root) for root in ("stack", "stack/addons") for path in (ROOT / root).glob("whit/*.h")}
    assert public == source, "the public headers"
    included = {name for path in found for name in includes((prefix / "include" / path).read_text())}
    names = {f"{path}" for path in found if len(path.parts) > 2 and path.parts[1] in PRIVATE}
    expect_none(sorted(f"{name} is installed, and no header includes it" for name in names - included))
    assert not [path for path in found if path.name in ("tls_role.h", "posix_platform.h", "template_network.h")]


def test_each_header_compiles_alone(static, tmp_path):
    headers = [path.relative_to(static / "include") for path in static.glob("include/whit/*.h")]
    headers += [path.relative_to(static / "include") for path in static.glob("include/whit/*/*_network.h")]
    for header in headers:
        (tmp_path / f"{header.name}.cpp").write_text(f'#include "{header}"\n')
    run("g++", "-std=c++17", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-isystem", static / "include", *tmp_path.glob("*.cpp"))


def test_the_numbers_installed_are_those_compiled(static):
    assert (static / "include/whit/config.h").read_text() == (BUILD / "host/generated/whit/config.h").read_text()


def test_no_file_names_the_build_tree(prefix, scratch):
    # Debug information of build/host, which the packages of tools/release have not, is the one place.
    files = [path for path in prefix.rglob("*") if path.is_file() and not path.is_symlink() and path.suffix != ".a"]
    assert len(files) > 80
    names = [str(ROOT).encode(), str(scratch).encode()]
    expect_none(f"{path.relative_to(prefix)} names {name.decode()}" for path in files for name in names if name in path.read_bytes())


def test_components_are_installed_one_by_one(tmp_path):
    trees = {"whit_headers": {"include"}, "whit_development": {"lib"}, "whit_docs": {"share"}}
    for component, expected in trees.items():
        run("cmake", "--install", BUILD.resolve() / "host", "--prefix", tmp_path / component, "--component", component)
        assert {path.name for path in (tmp_path / component).iterdir()} == expected
    documents = tmp_path / "whit_docs" / "share" / "doc" / "whit"
    assert (documents / "README.md").exists() and (documents / "port" / "README.md").exists() and (documents / "LICENSE").exists()


# ---- what a shared library exports ----


def symbols(path, *options, kinds="TWVBDRu"):
    """Names that a library defines and others may use."""
    lines = run("nm", "-C", "--defined-only", *options, path).split("\n")
    return {match.group(1) for match in (re.match(rf"[0-9a-f]+ [{kinds}] (.*)", line) for line in lines) if match}


# The private functions that public headers call.
CALLED = {"whit::core::Core::poll", "whit::core::Core::send_deflated", "whit::core::Core::start", "whit::core::Core::stop",
          "whit::core::Core::wait_ms", "whit::deflate::Deflater::start"}


def test_the_shared_library_exports_what_is_public_and_nothing_else(shared):
    exported = symbols(shared / "lib/libwhit_stack.so", "-D")
    # Not the inline ones, of which each program has its own.
    defined = symbols(BUILD / "host/stack/libwhit_stack.a", kinds="TBDRV")
    private = re.compile(rf"whit::({'|'.join(sorted(PRIVATE))})::")
    wrong = [name for name in exported if private.match(name) and name.split("(")[0] not in CALLED]
    expect_none(f"{name} is private and exported" for name in sorted(wrong))
    # `kernels` and others are namespaces; a public name begins with whit:: and has none of them.
    public = {name for name in defined if re.match(r"whit::\w|vtable for whit::\w+$", name) and not private.match(name)}
    assert len(public) > 50, "nm shows hardly any name"
    expect_none(f"{name} is public and not exported (stack/exports.map)" for name in sorted(public - exported))


def test_shared_ports_export_none_of_their_own_namespaces(shared):
    for port, public in (("posix", "whit::posix_error_text"), ("proxy", "whit::proxy_error_text"), ("pipe", "whit::PipeNetworkBase::poll")):
        exported = symbols(shared / f"lib/libwhit_port_{port}.so", "-D")
        assert [name for name in exported if name.startswith(public + "(")], f"{public} is not exported"
        expect_none(f"{name} is exported" for name in sorted(exported) if name.startswith(f"whit::{port}::"))


def test_the_name_of_a_shared_library_has_the_version(shared):
    for library in ("stack", "addons", "port_posix"):
        path = shared / "lib" / f"libwhit_{library}.so"
        assert path.resolve().name == f"libwhit_{library}.so.{VERSION}"
        text = run("objdump", "-p", path)
        assert re.search(rf"SONAME +libwhit_{library}\.so\.{re.escape(SERIES)}\n", text), text


# ---- the Debian packages, and tools/release ----


def test_the_debian_packages_say_what_they_are(debian):
    prefix, fields = debian
    names = {fields[name]["Package"]: fields[name] for name in fields}
    assert set(names) == {"libwhit-dev", "whit-tools"}
    for name, control in names.items():
        assert control["Version"] == VERSION and "@" in control["Maintainer"] and control["Priority"] == "optional"
        assert (prefix / "share/doc" / name / "copyright").read_text().startswith("MIT License")
        assert (prefix / "share/doc" / name / "changelog.gz").exists()
    assert "libc6" in names["whit-tools"]["Depends"] and names["libwhit-dev"]["Section"] == "libdevel"
    if (BUILD / "host/whitcat").exists():
        assert command(prefix / "bin/whitcat", "--version")[1].strip().endswith(VERSION)
        assert (prefix / "share/man/man1/whitcat.1.gz").exists()


@pytest.fixture(scope="session")
def release_repository(scratch):
    """A repository of the tree as it is, whose CHANGELOG.md has the entry of the release."""
    folder = scratch / "tree"
    for path in tracked():
        copy = folder / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
    changes = folder / "CHANGELOG.md"
    changes.write_text(re.sub(r"^## \S+", f"## {VERSION}", changes.read_text(), count=1, flags=re.M))
    run(*GIT, folder, "init", "-q")
    commit(folder)
    return folder, run(*GIT, folder, "rev-parse", "HEAD").strip()


@pytest.fixture
def release_tree(release_repository):
    folder, head = release_repository
    yield folder
    run(*GIT, folder, "reset", "-q", "--hard", head)
    run(*GIT, folder, "clean", "-q", "-fd")


GIT = ("git", "-c", "user.name=test", "-c", "user.email=test@example.org", "-C")


def commit(folder):
    run(*GIT, folder, "add", "-A")
    run(*GIT, folder, "commit", "-q", "-m", "tree")


def sums(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_a_release_has_the_same_bytes_each_time(release_tree, tmp_path):
    for name in ("one", "two"):
        run(release_tree / "tools/release", "--only", "arduino", "--output", tmp_path / name)
    assert sums(tmp_path / "one") == sums(tmp_path / "two")
    with tarfile.open(tmp_path / "one" / f"whit-{VERSION}.tar.gz") as archive:
        names = archive.getnames()
    assert f"whit-{VERSION}/stack/whit/version.h" in names and all(name.startswith(f"whit-{VERSION}") for name in names)
    if (ROOT / "tools/lib/arduino_library.py").exists():
        with zipfile.ZipFile(tmp_path / "one" / f"whit-{VERSION}-arduino.zip") as archive:
            assert "whit/library.properties" in archive.namelist()


# What was forgotten: file, text in it and in place of it, words of the message.
FORGOTTEN = {
    "header": ("stack/whit/version.h", 'TEXT "' + VERSION, 'TEXT "9.9.9', f"WHIT_VERSION_TEXT is 9.9.9, the numbers are {VERSION}"),
    "changelog": ("CHANGELOG.md", f"## {VERSION}", "## 0.1.9", f"CHANGELOG.md states 0.1.9, stack/whit/version.h states {VERSION}"),
    "unreleased": ("CHANGELOG.md", f"## {VERSION}", "## Unreleased", "the first entry is still called Unreleased"),
    "platformio": ("library.json", None, json.dumps({"name": "whit", "version": "9.9.9"}), "library.json states 9.9.9"),
    "esp_idf": ("idf_component.yml", None, 'version: "9.9.9"\n', "idf_component.yml states 9.9.9"),
    "zephyr": ("zephyr/module.yml", None, "name: whit\nversion: 9.9.9\n", "zephyr/module.yml states 9.9.9"),
    "no_version": ("idf_component.yml", None, "description: a\n", "idf_component.yml states no version"),
}


@pytest.mark.parametrize("name, old, new, expected", FORGOTTEN.values(), ids=FORGOTTEN)
def test_a_release_names_the_manifest_that_was_forgotten(release_tree, tmp_path, name, old, new, expected):
    path = release_tree / name
    path.parent.mkdir(exist_ok=True)
    text = path.read_text() if old else ""
    assert old is None or old in text
    path.write_text(text.replace(old, new) if old else new)
    commit(release_tree)
    code, text = command(release_tree / "tools/release", "--only", "arduino", "--output", tmp_path / "out")
    assert code == 1 and expected in text, text


def test_a_release_is_of_a_clean_tree(release_tree, tmp_path):
    (release_tree / "stack/whit/forgotten.h").write_text("\n")
    code, text = command(release_tree / "tools/release", "--output", tmp_path / "out")
    assert code == 1 and text == "release: the tree is not clean: commit or remove stack/whit/forgotten.h\n", text


def test_the_manifests_of_this_tree_agree():
    code, text = command(ROOT / "tools/release", "--check")
    assert code == 0 and text.endswith(f"release: {VERSION}\n"), text


def test_cmake_has_its_version_from_the_header():
    cache = (BUILD / "host/CMakeCache.txt").read_text()
    assert f"CMAKE_PROJECT_VERSION:STATIC={VERSION}\n" in cache
