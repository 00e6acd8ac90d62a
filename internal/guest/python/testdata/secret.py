import secrets, uuid, random, os, string

print(len(secrets.token_bytes(16)), len(secrets.token_hex(8)), len(secrets.token_urlsafe(16)), 0 <= secrets.randbelow(10) < 10, secrets.choice("a"))
u = uuid.uuid4()
print(u.version, u.variant, len(str(u)), uuid.uuid4() != u, uuid.uuid5(uuid.NAMESPACE_DNS, "example.com"), uuid.uuid3(uuid.NAMESPACE_URL, "x"))
print(uuid.uuid1().version, uuid.UUID(int=5), len(os.urandom(5)), secrets.compare_digest(b"a", b"b"), random.SystemRandom().random() < 1)
print("".join(secrets.choice(string.ascii_letters) for _ in range(12)).isalpha())
