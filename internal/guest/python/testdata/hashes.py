import hashlib, hmac, binascii, zlib

for name in ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b", "blake2s"]:
    print(name, hashlib.new(name, b"caisson").hexdigest())
h = hashlib.sha256()
for part in (b"cai", b"sson"):
    h.update(part)
print(h.copy().hexdigest() == hashlib.sha256(b"caisson").hexdigest(), h.block_size, h.digest_size, hashlib.shake_128(b"x").hexdigest(8))
print(hmac.new(b"key", b"message", "sha256").hexdigest(), hmac.compare_digest("a", "a"), hashlib.blake2b(b"x", key=b"k", digest_size=8).hexdigest())
print(hashlib.pbkdf2_hmac("sha256", b"pw", b"salt", 1000).hex(), binascii.crc_hqx(b"abc", 0), sorted(hashlib.algorithms_guaranteed)[:3])
import io

print(hashlib.file_digest(io.BytesIO(b"abc"), "sha1").hexdigest())
