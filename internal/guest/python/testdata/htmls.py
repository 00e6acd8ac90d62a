import html
from html.parser import HTMLParser


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.links, self.text = [], []

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.links.append(dict(attrs).get("href"))

    def handle_data(self, data):
        if data.strip():
            self.text.append(data.strip())


p = Links()
p.feed('<html><p class=x>Hi &lt;there&gt; <a href="/one?a=1&amp;b=2">one</a><br/><A HREF=two>Two</A><!-- c --><script>var x="<a>";</script>')
print(p.links, p.text, html.escape('<a href="x">&\'</a>'), html.unescape("&eacute;&#233;&#xe9;&hearts;&bogus;"))
