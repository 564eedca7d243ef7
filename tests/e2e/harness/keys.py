"""Signing keys and the zone that publishes them."""

import base64
import json

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa


class RsaKey:
    def __init__(self, bits=2048):
        key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        self.pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.record = "v=DKIM1; k=rsa; p=" + base64.b64encode(public).decode()


class Ed25519Key:
    def __init__(self):
        key = ed25519.Ed25519PrivateKey.generate()
        raw = key.private_bytes(
            serialization.Encoding.Raw,
            serialization.PrivateFormat.Raw,
            serialization.NoEncryption(),
        )
        self.seed = base64.b64encode(raw)  # what dkimpy takes as the key
        self.pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        public = key.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw
        )
        self.record = "v=DKIM1; k=ed25519; p=" + base64.b64encode(public).decode()


class Zone:
    """The form that --dns takes."""

    def __init__(self):
        self.names = {}

    def add_text(self, name, *texts):
        self.names.setdefault(name, {})["TXT"] = [
            [text[i : i + 255] for i in range(0, len(text), 255)] for text in texts
        ]

    def add_address(self, name, v4=(), v6=()):
        self.names.setdefault(name, {}).update({"A": list(v4), "AAAA": list(v6)})

    def add_failure(self, name, error="TIMEOUT"):
        self.names[name] = {"*": {"error": error}}

    def texts(self):
        """{name: text}, for other verifiers."""
        return {
            name: "".join(record["TXT"][0])
            for name, record in self.names.items()
            if record.get("TXT")
        }

    def write(self, file):
        file.write_text(json.dumps(self.names, indent=1))
        return file
