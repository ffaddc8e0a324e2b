"""Routes of our own."""

from fastapi import APIRouter

router = APIRouter(tags=["ours"])


@router.get("/api/hello")
def hello() -> dict[str, str]:
    """Greets."""
    return {"hello": "you"}
