"""What happens besides."""

from uuid import UUID

from app.tasks.models import Task

archived: list[UUID] = []


def after_archive(task: Task) -> None:
    """Remembers what was archived."""
    archived.append(task.id)
