"""A certificate of a server on this machine, by an authority that only its clients trust."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a dialer of the tests")])


@dataclass(frozen=True)
class Certificate:
    """A certificate that signed itself, with its key, both as PEM."""

    certificate: bytes
    key: bytes

    def serving(self) -> ssl.SSLContext:
        """Make the context of a server that has it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with TemporaryDirectory() as place:
            file = Path(place) / "both.pem"
            file.write_bytes(self.key + self.certificate)
            context.load_cert_chain(file)
        return context

    def trusting(self) -> ssl.SSLContext:
        """Make the context of a client that trusts it alone."""
        return ssl.create_default_context(cadata=self.certificate.decode())


def a_certificate(address: str) -> Certificate:
    """Make a certificate for an address, for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder(_NAME, _NAME, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Certificate(
        built.public_bytes(Encoding.PEM),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )
