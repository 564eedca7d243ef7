"""A certificate authority and certificates, good and bad."""

import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class Certificate:
    """A PEM file with the chain and one with the key."""

    def __init__(self, folder, stem, chain, key):
        self.chain = folder / f"{stem}.pem"
        self.key = folder / f"{stem}-key.pem"
        self.chain.write_bytes(
            b"".join(c.public_bytes(serialization.Encoding.PEM) for c in chain)
        )
        self.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        self.key.chmod(0o600)


class Authority:
    def __init__(self, folder, name="Test authority"):
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.issued = 0
        self.name = _name(name)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._build(
            self.name, self.name, self.key, [], is_authority=True
        )
        self.file = Certificate(folder, "ca", [self.certificate], self.key).chain

    def _build(self, subject, issuer, key, names, days=(-2, 30), is_authority=False,
               signer=None):
        now = datetime.datetime.utcnow()
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + days[0] * DAY)
            .not_valid_after(now + days[1] * DAY)
            .add_extension(
                x509.BasicConstraints(ca=is_authority, path_length=None), critical=True
            )
        )
        if names:
            alternatives = [_alternative(name) for name in names]
            builder = builder.add_extension(
                x509.SubjectAlternativeName(alternatives), critical=False
            )
        return builder.sign(signer or self.key, hashes.SHA256())

    def issue(self, *names, days=(-2, 30)):
        """A server certificate, valid from and until `days` from now."""
        self.issued += 1
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = self._build(_name(names[0]), self.name, key, names, days)
        return Certificate(
            self.folder, f"server-{self.issued}", [leaf, self.certificate], key
        )

    def self_signed(self, *names):
        """A certificate that no authority vouches for."""
        self.issued += 1
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = self._build(_name(names[0]), _name(names[0]), key, names, signer=key)
        return Certificate(self.folder, f"self-signed-{self.issued}", [leaf], key)
