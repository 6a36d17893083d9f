"""A web server that is ready at once."""

import os
from http.server import BaseHTTPRequestHandler, HTTPServer


class Ready(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()


HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Ready).serve_forever()
