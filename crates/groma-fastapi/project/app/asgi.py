"""The application as servers find it: `uvicorn app.asgi:app`."""

from app.core.config import Settings
from app.core.logs import configure_logging
from app.main import create_app

configure_logging()
app = create_app(Settings())
