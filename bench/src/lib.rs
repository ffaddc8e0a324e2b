//! What the benchmarks share: the rows that both servers hold, and the load that both get.
//!
//! Knows two servers by their addresses. Nothing of the product is timed from inside.

pub mod load;
pub mod many;
pub mod rows;
pub mod serving;
