//! What the users of this room rely on.

mod parse;
