# SPDX-License-Identifier: MIT
"""Certificates for the tests, made by the openssl command at test time: good ones, and one for each way to be wrong."""
import collections
import datetime
import functools
import subprocess
from pathlib import Path

Pair = collections.namedtuple("Pair", "certificate key")  # PEM files; the certificate's holds its chain
DAY = datetime.timedelta(days=1)

CONFIG = """
[ca]
default_ca = x
[x]
dir = {dir}
database = {dir}/index.txt
new_certs_dir = {dir}
rand_serial = yes
policy = any
copy_extensions = none
unique_subject = no
[any]
commonName = supplied
"""


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stdout.decode()[-600:]}")
    return done.stdout.decode()


class Pki:
    """Certificates in `folder`, signed by the authority whose ca.pem and ca.key are in `authority`."""

    def __init__(self, folder, authority):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "index.txt").touch()
        self.config = self.folder / "openssl.cnf"
        self.config.write_text(CONFIG.format(dir=self.folder))
        self.root = Pair(Path(authority) / "ca.pem", Path(authority) / "ca.key")

    def key(self, name, kind="P-256"):
        path = self.folder / f"{name}.key"
        if kind.startswith("RSA"):
            openssl("genrsa", "-out", path, kind[3:])
        else:
            openssl("ecparam", "-name", {"P-256": "prime256v1", "P-384": "secp384r1"}[kind],
                    "-genkey", "-noout", "-out", path)
        return path

    def make(self, name, names="DNS:localhost,IP:127.0.0.1,IP:10.0.2.2", issuer=None, kind="P-256", digest="sha256",
             start=-DAY, end=30 * DAY, usage="serverAuth,clientAuth", ca=None, chain=(), common_name="test"):
        """A certificate; `ca`: its basicConstraints where it is an authority, `chain`: certificates to send with it."""
        key = self.key(name, kind)
        issuer = issuer or self.root
        request, out, extensions = (self.folder / f"{name}.{ext}" for ext in ("csr", "crt", "ext"))
        openssl("req", "-new", "-key", key, "-subj", f"/CN={common_name}", "-out", request)
        lines = [f"basicConstraints=critical,{ca or 'CA:FALSE'}"]
        lines += ["keyUsage=critical,keyCertSign,cRLSign"] if ca else [f"extendedKeyUsage={usage}"]
        if names and not ca:
            lines.append(f"subjectAltName={names}")
        extensions.write_text("\n".join(lines) + "\n")
        now = datetime.datetime.now(datetime.timezone.utc)
        dates = [(now + offset).strftime("%Y%m%d%H%M%SZ") for offset in (start, end)]
        openssl("ca", "-batch", "-notext", "-config", self.config, "-in", request, "-cert", issuer.certificate,
                "-keyfile", issuer.key, "-md", digest, "-startdate", dates[0], "-enddate", dates[1],
                "-extfile", extensions, "-out", out)
        pem = self.folder / f"{name}.pem"
        pem.write_text(out.read_text() + "".join(Path(each).read_text() for each in chain))
        return Pair(pem, key)

    def other_root(self):
        key = self.key("other-root")
        path = self.folder / "other-root.pem"
        openssl("req", "-x509", "-new", "-key", key, "-sha256", "-days", "30", "-subj", "/CN=other", "-out", path)
        return Pair(path, key)

    @functools.cached_property
    def intermediate(self):
        return self.make("intermediate", ca="CA:TRUE,pathlen:0")

    def under_a_leaf(self):
        leaf = self.make("leaf-as-issuer")
        return self.make("under-leaf", issuer=leaf, chain=[leaf.certificate])

    def too_deep(self):
        deeper = self.make("deeper", ca="CA:TRUE", issuer=self.intermediate)
        return self.make("too-deep", issuer=deeper, chain=[deeper.certificate, self.intermediate.certificate])

    def self_signed(self):
        key = self.key("self-signed")
        path = self.folder / "self-signed.pem"
        openssl("req", "-x509", "-new", "-key", key, "-sha256", "-days", "30", "-subj", "/CN=localhost", "-addext",
                "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:10.0.2.2", "-out", path)
        return Pair(path, key)


# The client's messages, with the numbers of tls_error.h.
EXPIRED = r"the peer's certificate has expired \(1001\)"
FUTURE = r"the peer's certificate is not valid yet \(1002\)"
NAME = r"the peer's certificate is for another name \(1003\)"
UNTRUSTED = r"the peer's certificate is not signed by an authority that is trusted \(1004\)"
WEAK = r"the peer's certificate has a key or signature that is too weak, or of a kind that is not built in \(1005\)"
USE = r"the peer's certificate is not for this use \(1006\)"


# name: (how the certificate is made, the cause that the client has to give)
BAD = {
    "expired": (lambda pki: pki.make("expired", start=-9 * DAY, end=-2 * DAY), EXPIRED),
    "not_yet_valid": (lambda pki: pki.make("future", start=2 * DAY), FUTURE),
    "of_another_name": (lambda pki: pki.make("other-name", names="DNS:example.org,IP:192.0.2.1"), NAME),
    "with_the_name_in_the_subject_alone": (lambda pki: pki.make("cn", names="", common_name="localhost"), NAME),
    "with_the_address_as_a_dns_name": (lambda pki: pki.make("dns-ip", names="DNS:127.0.0.1,DNS:10.0.2.2"), NAME),
    "of_another_authority": (lambda pki: pki.make("stranger", issuer=pki.other_root()), UNTRUSTED),
    "self_signed": (lambda pki: pki.self_signed(), UNTRUSTED),
    "without_its_intermediate": (lambda pki: pki.make("alone", issuer=pki.intermediate), UNTRUSTED),
    "signed_by_a_leaf": (lambda pki: pki.under_a_leaf(), UNTRUSTED),
    "beyond_the_path_length": (lambda pki: pki.too_deep(), UNTRUSTED),
    "for_clients_only": (lambda pki: pki.make("client-only", usage="clientAuth"), USE),
    "signed_with_sha1": (lambda pki: pki.make("sha1", digest="sha1"), WEAK),
    "with_rsa_of_1024_bits": (lambda pki: pki.make("rsa1024", kind="RSA1024"), WEAK),
}
GOOD = {
    "with_p256": lambda pki: pki.make("good"),
    "with_an_intermediate": lambda pki: pki.make("under", issuer=pki.intermediate, chain=[pki.intermediate.certificate]),
}
# Kinds that are not built into a small board.
GOOD_ELSEWHERE = {
    "with_p384": lambda pki: pki.make("p384", kind="P-384", digest="sha384"),
    "with_rsa": lambda pki: pki.make("rsa2048", kind="RSA2048"),
}
