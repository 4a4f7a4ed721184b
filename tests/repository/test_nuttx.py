# SPDX-License-Identifier: MIT
# about: Whit as an application of NuttX: both of its builds, Kconfig with NuttX's parser, and its sources on ARM, RISC-V and Xtensa
# needs: base cross lwip
import os
import re

import pytest
from ecosystems import description, posix_headers
from ecosystems.cross import compile_sources
from support.machine import ROOT, command, expect_none

# NuttX's own symbols that Whit depends on, and its tree of Kconfig: the applications' files lie in the folder $APPSDIR.
NUTTX = "HAVE_CXX HAVE_CXXINITIALIZE NET_TCP NET_UDP NET_IPv4 NET_LOOPBACK DEV_URANDOM NET_SOCKOPTS NET_TCPBACKLOG LIBC_NETDB".split()
TREE = 'mainmenu "NuttX"\n' + "".join(f'config {name}\n\tbool "{name}"\n' for name in NUTTX) + '''
config APPSDIR
	string
	option env="APPSDIR"

menu "Network Utilities"
source "$APPSDIR/netutils/whit/Kconfig"
endmenu
'''
ENABLED = [f"CONFIG_{name}=y" for name in (*NUTTX, "WHIT", "WHIT_ECHO_SERVER")]
RANDOM = '#include <sys/types.h>\nssize_t getrandom(void* data, size_t size, unsigned flags);\n'
# NuttX's makefiles, as far as an application sees them.
MAKE_DEFS = "CXXEXT ?= .cxx\nINCDIR_PREFIX = -I\n"
APPLICATION_MK = '''
all: $(addsuffix .o,$(CXXSRCS) $(MAINSRC))
	@echo 'flags $(CXXFLAGS)'
	@echo 'program $(PROGNAME)'
%$(CXXEXT).o: %$(CXXEXT)
	@$(info source $<)
'''


@pytest.fixture(scope="module")
def applications(tmp_path_factory):
    """A folder apps in which Whit lies as port/ecosystems/nuttx/README.md says."""
    folder = tmp_path_factory.mktemp("apps")
    (folder / "netutils").mkdir()
    (folder / "netutils/whit").symlink_to(ROOT / "port/ecosystems/nuttx")
    (folder / "Make.defs").write_text(MAKE_DEFS)
    (folder / "Application.mk").write_text(APPLICATION_MK)
    (folder / "Kconfig").write_text(TREE)
    return folder


def make(applications, *variables):
    """What the Makefile of the link compiles, with NuttX's makefiles replaced."""
    code, text = command("make", "--no-print-directory", "-C", applications / "netutils/whit", f"APPDIR={applications}", *variables)
    assert code == 0, text
    folder = ROOT / "port/ecosystems/nuttx"
    return text, [description.inside(folder / name) for name in re.findall(r"^source (\S+)$", text, re.M)]


@pytest.fixture(scope="module")
def includes(applications):
    """The folders that every application gets from Make.defs."""
    main = applications / "main.mk"
    main.write_text(f"include {applications}/Make.defs\ninclude {applications}/netutils/whit/Make.defs\n"
                    "all:\n\t@echo '$(CONFIGURED_APPS) $(CXXFLAGS)'\n")
    code, text = command("make", "-f", main, f"APPDIR={applications}", "CONFIG_WHIT=y")
    assert code == 0, text
    words = text.split()
    assert words[0] == f"{applications}/netutils/whit", text
    assert command("make", "-f", main, f"APPDIR={applications}")[1].strip() == "", "it is there without CONFIG_WHIT"
    return [word[2:] for word in words[1:]]


def tree_of(applications, lines=()):
    return description.read_kconfig(TREE, [*ENABLED, *lines], APPSDIR=str(applications))


def headers(folder, tree):
    """NuttX's include/nuttx/config.h, and what POSIX does not have."""
    for name, text in {"nuttx/config.h": description.macros(tree), "sys/random.h": RANDOM}.items():
        (folder / name).parent.mkdir()
        (folder / name).write_text(text)
    return folder


def test_make_has_every_source_once(applications):
    text, sources = make(applications)
    expect_none(description.Description(sources, [], []).problems("port/ecosystems/nuttx/random.cpp"))
    assert len(set(sources)) == len(sources) and "-fno-exceptions -fno-rtti" in text, text


def test_sources_have_names_of_their_own(applications):
    """Their objects lie in one folder."""
    names = [path.name for path in make(applications)[1]]
    assert len(set(names)) == len(names), sorted(name for name in names if names.count(name) > 1)


def test_make_builds_the_example_where_it_is_configured(applications):
    text, sources = make(applications, "CONFIG_WHIT_ECHO_SERVER=y")
    assert "program whit_echo\n" in text and (ROOT / "port/ecosystems/nuttx/echo_server.cpp").relative_to(ROOT) in sources, text
    assert "program \n" in make(applications)[0], "there is a program without it"


def test_cmake_has_the_same(applications, includes, tmp_path):
    found = description.of_cmake("nuttx/cmake", tmp_path, "-DCONFIG_WHIT=y", f"-DAPPLICATION={applications}/netutils/whit")
    assert sorted(found.sources) == sorted(make(applications)[1])
    assert found.includes == includes and "-fno-rtti" in found.flags, found
    code, text = command("cmake", "-DCONFIG_WHIT_ECHO_SERVER=y", tmp_path)
    assert code == 0 and re.search(r"application whit_echo: /.*/echo_server.cpp, after whit\n", text), text
    assert f"folders for all: {';'.join(includes)}\n" in text, text


def test_nuttx_reads_the_kconfig(applications, tmp_path):
    """kconfig-frontends, the parser of NuttX's own build, knows less than kconfiglib."""
    (tmp_path / ".config").write_text("".join(f"{line}\n" for line in [*ENABLED, "CONFIG_WHIT_BUFFERS=9"]))
    code, text = command("kconfig-conf", "--olddefconfig", applications / "Kconfig", cwd=tmp_path,
                         env={**os.environ, "APPSDIR": str(applications)})
    assert code == 0 and "warning" not in text, text
    values = set((tmp_path / ".config").read_text().split("\n"))
    assert {"CONFIG_WHIT_BUFFERS=9", "CONFIG_WHIT_CONNECTIONS=4", "CONFIG_WHIT_KEEPALIVE=y"} <= values, sorted(values)


@pytest.mark.parametrize("missing", NUTTX)
def test_whit_is_off_without(applications, missing):
    tree = description.read_kconfig(TREE, [line for line in ENABLED if line != f"CONFIG_{missing}=y"], APPSDIR=str(applications))
    assert tree.syms["WHIT"].str_value == "n" and "WHIT" not in description.macros(tree)


@pytest.mark.parametrize("lines, changed", [((), {}), (("CONFIG_WHIT_BUFFERS=9",), {"kBuffers": 9})], ids=("defaults", "changed"))
def test_the_numbers_of_menuconfig_arrive(applications, includes, lines, changed, tmp_path):
    source = tmp_path / "numbers.cpp"
    source.write_text(description.numbers_program(changed, description.shared_numbers()))
    folder = headers(tmp_path, tree_of(applications, lines))
    expect_none(compile_sources("arm", [source], [*includes, folder], ["-fsyntax-only", "-D__NuttX__"]))


# The three ecosystems compile the same stack: each does so for one architecture, and for the others the port and the
# example, which include every public header.
@pytest.mark.parametrize("target, all_sources", [("riscv", True), ("arm", False), ("xtensa", False)], ids=("riscv", "arm", "xtensa"))
def test_the_application_compiles(applications, includes, target, all_sources, tmp_path):
    folder = headers(tmp_path, tree_of(applications))
    found = description.Description(make(applications, "CONFIG_WHIT_ECHO_SERVER=y")[1], includes, [])
    sources = found.sources if all_sources else found.beside_the_stack()
    expect_none(compile_sources(target, sources, [*includes, folder], ["-D__NuttX__", *posix_headers.FLAGS],
                                posix_headers.make(tmp_path / "posix")))
