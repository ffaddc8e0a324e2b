"""The application as servers find it: `uvicorn app.asgi:app`."""

from app.core.config import Settings
from app.main import create_app

app = create_app(Settings())
