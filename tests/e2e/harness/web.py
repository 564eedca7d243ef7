"""A web server that has one picture, and remembers who asked for it."""

import http.server
import threading

from .waiting import PATIENCE


class Web:
    def __init__(self, picture):
        """`picture` is a PNG, the answer to everything."""
        self.asked = []  # the paths

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(handler):
                self.asked.append(handler.path)
                handler.send_response(200)
                handler.send_header("Content-Type", "image/png")
                handler.send_header("Content-Length", str(len(picture)))
                handler.end_headers()
                handler.wfile.write(picture)

            do_HEAD = do_OPTIONS = do_POST = do_GET

            def log_message(handler, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def end(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(PATIENCE)
