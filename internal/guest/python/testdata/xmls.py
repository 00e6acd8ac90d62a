import xml.etree.ElementTree as ET, xml.dom.minidom, xml.sax

root = ET.fromstring('<lib><book id="1" lang="en"><t>A &amp; B</t><p>9.5</p></book><book id="2"><t>C</t><p>3</p></book><!-- c --></lib>')
print([(b.get("id"), b.findtext("t"), float(b.find("p").text)) for b in root.iter("book")], root.find(".//book[@id='2']/t").text, len(root))
e = ET.SubElement(root, "book", {"id": "3"})
ET.SubElement(e, "t").text = "<new>"
ET.indent(root)
print(ET.tostring(root, encoding="unicode"))
ET.ElementTree(root).write("lib.xml", xml_declaration=True, encoding="utf-8")
print(open("lib.xml").readline().strip(), ET.parse("lib.xml").getroot().tag)
print(xml.dom.minidom.parseString("<a><b c='d'/></a>").toprettyxml(indent=" ").strip())


class H(xml.sax.ContentHandler):
    def startElement(self, name, attrs):
        print("start", name, dict(attrs))


xml.sax.parseString(b"<r x='1'><s/></r>", H())
ns = ET.fromstring('<a:r xmlns:a="urn:x"><a:s/></a:r>')
print(ns.tag, ns.find("x:s", {"x": "urn:x"}).tag)
try:
    ET.fromstring("<a><b></a>")
except ET.ParseError as err:
    print(err)
