"""Time stamps of RFC 3161 over checkpoints: somebody else says when a state of the ledger existed. Extra ``rfc3161``.

A request holds only the SHA-256 of the checkpoint. How it reaches a time-stamping authority and how its answer comes
back is left to the user (``curl``); the answer is checked against the authority's certificates, brought by the user.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claimfund.errors import DAMAGED, Failed, Rejected

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


def _client() -> Any:
    try:
        import rfc3161_client
    except ImportError:
        raise Rejected('time stamps need the extra "rfc3161".', "pip install 'claimfund[rfc3161]'") from None
    return rfc3161_client


def request(checkpoint: str) -> bytes:
    """The request for a time stamp of a checkpoint: its SHA-256, a nonce; certificates come with the answer."""
    client = _client()
    builder = client.TimestampRequestBuilder().data(checkpoint.encode()).hash_algorithm(client.HashAlgorithm.SHA256)
    made: bytes = builder.nonce(nonce=True).cert_request(cert_request=True).build().as_bytes()
    return made


def stamped_at(checkpoint: str, response: Path, certificates: Path) -> datetime:
    """When the authority saw the checkpoint; Failed (integrity) when its answer is not of these bytes or not good.

    ``certificates`` is a PEM file that holds the authority's root, its intermediates and, if the answer does not
    carry it, its own certificate.
    """
    client = _client()
    roots, others = _sorted_out(certificates)
    try:
        data = response.read_bytes()
    except OSError as problem:
        raise Rejected(f"{response} cannot be read.", "Name the file with the authority's answer.") from problem
    try:
        answer = client.decode_timestamp_response(data)
        builder = client.VerifierBuilder()
        for root in roots:
            builder = builder.add_root_certificate(root)
        own = [each for each in others if not _signs_others(each)]
        for each in others:
            if each not in own:
                builder = builder.add_intermediate_certificate(each)
        if own:
            builder = builder.tsa_certificate(own[0])
        builder.build().verify_message(answer, checkpoint.encode())
        moment: datetime = answer.tst_info.gen_time
    except (client.VerificationError, ValueError) as problem:
        raise Failed(
            f"VERIFICATION FAILED: {response} is no good time stamp of this checkpoint: {problem}",
            "Bring the certificates of the authority, and the checkpoint that the request was made for.",
            code=DAMAGED,
        ) from None
    return moment


def _sorted_out(path: Path) -> tuple[list[Certificate], list[Certificate]]:
    """The certificates of a PEM file that signed themselves, and the others."""
    from cryptography.x509 import load_pem_x509_certificates

    try:
        found = load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as problem:
        raise Rejected(f"{path} holds no certificates.", "Name a PEM file with those of the authority.") from problem
    roots = [each for each in found if each.issuer == each.subject]
    if not roots:
        raise Rejected(f"{path} holds no root certificate.", "Add the root of the authority, which you trust.")
    return roots, [each for each in found if each not in roots]


def _signs_others(certificate: Certificate) -> bool:
    from cryptography.x509 import BasicConstraints, ExtensionNotFound

    try:
        return bool(certificate.extensions.get_extension_for_class(BasicConstraints).value.ca)
    except ExtensionNotFound:
        return False
