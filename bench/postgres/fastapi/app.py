"""The peer in Python: the same four routes as people write them with FastAPI and SQLModel."""

import json
import os
import uuid
from datetime import UTC, date, datetime
from typing import Annotated, Literal

import jwt
from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Column, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

Priority = Literal["high", "medium", "low"]

engine = create_async_engine(os.environ["PEER_DATABASE_URL"], pool_size=8, max_overflow=0)
with open(os.environ["PEER_JWKS_FILE"], encoding="utf-8") as file:
    keys = {key["kid"]: jwt.PyJWK(key).key for key in json.load(file)["keys"]}
bearer = HTTPBearer()
app = FastAPI()


class Task(SQLModel, table=True):
    __tablename__ = "tasks"

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    title: str
    notes: str | None = None
    priority: str = "medium"
    due: date | None = None
    tags: list[str] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    done: bool = False
    owner_id: str
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    updated_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class TaskCreate(SQLModel):
    title: str = Field(min_length=1, max_length=200)
    notes: str | None = Field(default=None, max_length=5000)
    priority: Priority = "medium"
    due: date | None = None
    tags: list[str] = Field(default_factory=list, max_length=10)
    done: bool = False


class TaskUpdate(SQLModel):
    title: str | None = Field(default=None, min_length=1, max_length=200)
    notes: str | None = Field(default=None, max_length=5000)
    priority: Priority | None = None
    due: date | None = None
    tags: list[str] | None = Field(default=None, max_length=10)
    done: bool | None = None


class TaskPublic(SQLModel):
    id: uuid.UUID
    title: str
    notes: str | None
    priority: str
    due: date | None
    tags: list[str]
    done: bool
    owner_id: str
    created_at: datetime
    updated_at: datetime


class Page(SQLModel):
    items: list[TaskPublic]
    next_cursor: str | None


async def session():
    async with AsyncSession(engine, expire_on_commit=False) as it:
        yield it


def caller(credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> str:
    token = credentials.credentials
    try:
        key = keys[jwt.get_unverified_header(token)["kid"]]
        claims = jwt.decode(token, key, algorithms=["EdDSA"], options={"verify_aud": False})
    except (jwt.PyJWTError, KeyError) as error:
        raise HTTPException(401) from error
    return claims["sub"]


Db = Annotated[AsyncSession, Depends(session)]
Caller = Annotated[str, Depends(caller)]


async def own(db: AsyncSession, task_id: uuid.UUID, user: str) -> Task:
    found = await db.exec(select(Task).where(Task.id == task_id, Task.owner_id == user))
    task = found.first()
    if task is None:
        raise HTTPException(404)
    return task


@app.get("/api/tasks/{task_id}")
async def read(task_id: uuid.UUID, db: Db, user: Caller) -> TaskPublic:
    return TaskPublic.model_validate(await own(db, task_id, user), from_attributes=True)


@app.get("/api/tasks")
async def page(db: Db, user: Caller, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> Page:
    rows = await db.exec(
        select(Task)
        .where(Task.owner_id == user)
        .order_by(col(Task.created_at).desc(), col(Task.id).desc())
        .limit(limit + 1)
    )
    tasks = rows.all()
    last = tasks[limit - 1] if len(tasks) > limit else None
    return Page(
        items=[TaskPublic.model_validate(task, from_attributes=True) for task in tasks[:limit]],
        next_cursor=f"{last.created_at.isoformat()}|{last.id}" if last else None,
    )


@app.post("/api/tasks", status_code=201)
async def create(body: TaskCreate, db: Db, user: Caller) -> TaskPublic:
    now = datetime.now(UTC)
    task = Task(**body.model_dump(), owner_id=user, created_at=now, updated_at=now)
    db.add(task)
    await db.commit()
    return TaskPublic.model_validate(task, from_attributes=True)


@app.patch("/api/tasks/{task_id}")
async def update(task_id: uuid.UUID, body: TaskUpdate, db: Db, user: Caller) -> TaskPublic:
    task = await own(db, task_id, user)
    task.sqlmodel_update(body.model_dump(exclude_unset=True))
    task.updated_at = datetime.now(UTC)
    db.add(task)
    await db.commit()
    return TaskPublic.model_validate(task, from_attributes=True)
