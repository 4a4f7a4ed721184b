# SPDX-License-Identifier: MIT
"""The images of boards that several parts boot, built by whichever needs them first."""
import fcntl

from support.machine import BUILD, ROOT, command

SOURCES = (ROOT / "boards" / "host" / "apps" / "autobahn_client.cpp", ROOT / "tests" / "peers" / "permessage_deflate" / "deflate_server.cpp")


def build_board(board):
    """The folder of the images. The commands are those of README.md, with one more application."""
    folder = BUILD / "autobahn" / board
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for words in (["--preset", board, "-B", folder, "-DWHIT_MORE_APPLICATIONS=" + ";".join(map(str, SOURCES))],
                      ["--build", folder, "--target", *(f"{source.stem}.elf" for source in SOURCES)]):
            code, text = command("nice", "cmake", *words)
            assert code == 0, text
    return folder
