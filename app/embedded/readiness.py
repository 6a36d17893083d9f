"""Whether the web server says that all of Pressroom is ready, asked over HTTP as anybody would."""

from http.client import HTTPConnection, HTTPException

PATH = "/readyz"
ANSWERS_WITHIN = 5.0  # seconds
WILDCARDS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound


def why_not_ready(host: str, port: int) -> str:
    """Empty once it is ready; before, what the server says or that it does not answer."""
    connection = HTTPConnection(WILDCARDS.get(host, host), port, timeout=ANSWERS_WITHIN)
    try:
        connection.request("GET", PATH)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace").strip()
    except (OSError, HTTPException):
        return "the web server does not answer"
    finally:
        connection.close()
    return "" if answer.status == 200 else f"the web server says {answer.status}: {text}"
