# SPDX-License-Identifier: MIT
"""Headers of BSD sockets for compilers that have only a C library: lwIP's, under the names that POSIX gives them.

They stand in for those of ESP-IDF, Zephyr and NuttX, so a source that compiles with them uses no more of POSIX than lwIP has.
"""
from support.machine import BUILD

LWIP = BUILD / "lwip" / "src" / "include"
OPTIONS = {
    "NO_SYS": 0, "LWIP_SOCKET": 1, "LWIP_NETCONN": 1, "LWIP_DNS": 1, "LWIP_IPV6": 1, "SO_REUSE": 1, "LWIP_SO_LINGER": 1,
    "LWIP_COMPAT_SOCKETS": 2,  # functions with the names of POSIX, not macros
    "LWIP_TIMEVAL_PRIVATE": 0, "LWIP_ERRNO_STDINCLUDE": 1,
}
HEADERS = {
    "lwipopts.h": "".join(f"#define {name} {value}\n" for name, value in OPTIONS.items()),
    "arch/cc.h": "#include <sys/time.h>\n",
    "arch/sys_arch.h": "typedef int sys_sem_t, sys_mutex_t, sys_mbox_t, sys_thread_t, sys_prot_t;\n",
    "netinet/in.h": '#include "lwip/sockets.h"\n',
    "netinet/tcp.h": '#include "lwip/sockets.h"\n',
}


# A C library alone has no clock that never jumps; its header has one for systems that say that they do.
FLAGS = ["-D_POSIX_TIMERS=1", "-D_POSIX_MONOTONIC_CLOCK=1"]


def make(folder, poll="poll.h"):
    """Writes the headers into `folder`, poll() under the name that the system gives it. Returns the include folders, in their order."""
    assert (LWIP / "lwip/sockets.h").exists(), f"there is no lwIP in {LWIP}"
    for name, text in {**HEADERS, poll: '#include "lwip/sockets.h"\n'}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("#pragma once\n" + text)
    return [folder, LWIP / "compat" / "posix", LWIP]
