//! Requests in, values and mistakes out: what a client could see, without a database.

mod body;
mod cells;
mod cursor;
mod find;
mod fits;
mod json;
mod kit;
mod literal;
mod query;
mod reply;
mod scalars;
mod time;
