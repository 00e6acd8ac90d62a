from email.message import EmailMessage
from email import message_from_string, policy
from email.utils import parseaddr, formataddr, parsedate_to_datetime

m = EmailMessage()
m["Subject"], m["From"], m["To"] = "Grüße", "Ann <ann@example.com>", "b@example.com, c@example.com"
m.set_content("Hello\n")
m.add_alternative("<p>Hello</p>", subtype="html")
m.add_attachment(b"\x00\x01", maintype="application", subtype="octet-stream", filename="a.bin")
print(m.get_content_type(), [p.get_content_type() for p in m.walk()], m["to"].addresses[1].username, [a.get_filename() for a in m.iter_attachments()])
again = message_from_string(m.as_string(), policy=policy.default)
print(again["subject"], again.get_body(("plain",)).get_content().strip(), parseaddr("X Y <x@y.z>"), formataddr(("É", "e@x.y")), parsedate_to_datetime("Mon, 20 Nov 1995 19:12:08 -0500"))
