"""The public sheet of the algorithm: made from the rules and one configuration, for anybody to read.

`Sheet` is what is told; `document` gives it as JSON, `markdown` for the documentation, `page` in HTML.
"""

from gateway.rules.disclosure.document import document
from gateway.rules.disclosure.markdown import markdown
from gateway.rules.disclosure.sheet import Sheet

__all__ = ["Sheet", "document", "markdown"]
