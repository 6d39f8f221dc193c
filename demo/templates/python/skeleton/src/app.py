from http.server import BaseHTTPRequestHandler, HTTPServer


def answer(path: str) -> bytes:
    return b"ok" if path == "/healthz" else b"${{ values.name }}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer(self.path))


if __name__ == "__main__":
    HTTPServer(("", 8080), Handler).serve_forever()
