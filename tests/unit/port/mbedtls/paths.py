#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Certificates for path_test.cpp: paths.py FOLDER makes FOLDER/NAME.der, and leaf.key.der, with the openssl command.

Of the same name and key: authorities that are valid, have expired, or are not valid yet; of the same name and another
key; the same intermediate below another authority, and that authority below the root (cross-signed)."""
import os
import subprocess
import sys
from pathlib import Path

CONFIG = """
[ca]
default_ca = x
[x]
database = index.txt
new_certs_dir = .
rand_serial = yes
policy = any
unique_subject = no
default_md = sha256
[any]
commonName = supplied
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
[leaf]
basicConstraints = critical,CA:FALSE
subjectAltName = DNS:localhost
"""
VALID = ("20200101000000Z", "20400101000000Z")  # path_test.cpp says that it is 2030
EXPIRED = ("20200101000000Z", "20250101000000Z")
FUTURE = ("20350101000000Z", "20400101000000Z")

# name of the file: (subject, key, issuer's file, issuer's key, dates)
CERTIFICATES = {
    "root": ("R", "r", None, "r", VALID),
    "root_expired": ("R", "r", None, "r", EXPIRED),
    "root_future": ("R", "r", None, "r", FUTURE),
    "root_rekeyed": ("R", "r2", None, "r2", VALID),
    "other": ("O", "o", None, "o", VALID),
    "between": ("I", "i", "root", "r", VALID),
    "between_expired": ("I", "i", "root", "r", EXPIRED),
    "between_future": ("I", "i", "root", "r", FUTURE),
    "between_rekeyed": ("I", "i2", "root", "r", VALID),
    "stranger": ("X", "x", None, "x", VALID),
    "between_of_stranger": ("I", "i", "stranger", "x", VALID),
    "stranger_crossed": ("X", "x", "root", "r", VALID),
    "deeper": ("J", "j", "between", "i", VALID),
    "leaf": ("localhost", "leaf", "between", "i", VALID),
    "leaf_deeper": ("localhost", "leaf", "deeper", "j", VALID),
}


def openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        sys.exit(f"paths.py: openssl {' '.join(arguments)}: {done.stdout.decode()[-400:]}")


def make(name, subject, key, issuer, issuer_key, dates):
    for each in (key, issuer_key):
        if not Path(f"{each}.key").exists():
            openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{each}.key")
    openssl("req", "-new", "-key", f"{key}.key", "-subj", f"/CN={subject}", "-out", "request")
    signer = ["-cert", f"{issuer}.pem"] if issuer else ["-selfsign"]
    openssl("ca", "-batch", "-notext", "-config", "config", "-in", "request", *signer, "-keyfile", f"{issuer_key}.key",
            "-startdate", dates[0], "-enddate", dates[1], "-extensions", "leaf" if key == "leaf" else "authority",
            "-out", f"{name}.pem")
    openssl("x509", "-in", f"{name}.pem", "-outform", "DER", "-out", f"{name}.der")


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    Path("config").write_text(CONFIG)
    Path("index.txt").write_text("")
    for name, parts in CERTIFICATES.items():
        make(name, *parts)
    openssl("ec", "-in", "leaf.key", "-outform", "DER", "-out", "leaf.key.der")


if __name__ == "__main__":
    main()
