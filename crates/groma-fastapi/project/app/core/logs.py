"""The log: lines on standard error, each with the id of the request that it belongs to."""

import logging
from contextvars import ContextVar
from logging.config import dictConfig
from typing import Any, Final

REQUEST_ID: Final = ContextVar("REQUEST_ID", default="-")


class WithRequest(logging.Filter):
    """Gives each line the id of its request."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every line pass."""
        record.request_id = REQUEST_ID.get()
        return True


LOGGING: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": WithRequest}},
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s [%(request_id)s] %(name)s: %(message)s"}
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "filters": ["request"],
            "formatter": "line",
        }
    },
    "loggers": {"app": {"level": "INFO"}},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
}


def configure_logging() -> None:
    """Makes what this app says seen, and only warnings of what it stands on."""
    dictConfig(LOGGING)
