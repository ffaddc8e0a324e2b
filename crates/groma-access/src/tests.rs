//! The enumerator against the smallest evaluator there is, and claims about a service that is known.

mod agree;
mod claims;
mod telling;
