"""What a browser would stumble over in a page: tags that do not match, scripts, addresses of the outside."""

from html.parser import HTMLParser

ADDRESSES = {"src", "href", "srcset", "action", "data", "poster", "xlink:href", "background"}
VOID = {"meta", "img", "wbr", "br", "link"}


class Balance(HTMLParser):
    """Collects tags that are closed in the wrong order, scripts, and addresses that the page refers to."""

    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.scripts, self.addresses = [], [], 0, []

    def handle_starttag(self, tag, attributes):
        self.scripts += tag == "script" or any(name.startswith("on") for name, _ in attributes)
        self.addresses += [value for name, value in attributes if name in ADDRESSES]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)
