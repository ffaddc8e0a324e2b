//! The design as a FastAPI project that its owner can edit: SQLModel tables, Pydantic schemas, services, routers,
//! Alembic revisions, tests.
//!
//! A pure function from the lowered design to files. What is the same for every design stands in `project/` as the
//! Python that it is; what follows from the design is written by a file for each kind of module.
//!
//! Knows the three views of a design and Python. Does not know disks, and does not decide a route, a status, a column or
//! a rule again.

mod python;

#[cfg(test)]
mod tests;
