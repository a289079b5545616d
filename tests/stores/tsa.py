"""A time-stamping authority of our own, by ``openssl ts``: keys and certificates that only tests trust."""

from __future__ import annotations

import subprocess
from pathlib import Path

_CONFIG = """
[ req ]
distinguished_name = name
prompt = no
[ name ]
CN = Time stamps for tests
[ root ]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[ stamps ]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
[ tsa ]
default_tsa = answers
[ answers ]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.crt
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


class Authority:
    """Answers requests with time stamps."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        (folder / "cnf").write_text(_CONFIG.format(folder=folder), encoding="ascii")
        (folder / "serial").write_text("01\n", encoding="ascii")
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-config", "cnf")
        self._openssl("req", "-x509", *key, "-keyout", "root.key", "-out", "root.crt", "-days", "3650",
                      "-extensions", "root")  # fmt: skip
        self._openssl("req", *key, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=The authority")
        self._openssl("x509", "-req", "-in", "tsa.csr", "-CA", "root.crt", "-CAkey", "root.key", "-set_serial", "2",
                      "-days", "3650", "-extfile", "cnf", "-extensions", "stamps", "-out", "tsa.crt")  # fmt: skip
        self.certificates = folder / "tsa.pem"
        self.certificates.write_bytes((folder / "root.crt").read_bytes() + (folder / "tsa.crt").read_bytes())

    def answer(self, request: Path, response: Path) -> None:
        """Stamp what a request asks for."""
        self._openssl("ts", "-reply", "-config", "cnf", "-queryfile", str(request.resolve()), "-out",
                      str(response.resolve()))  # fmt: skip

    def _openssl(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self._folder, check=True, capture_output=True)
