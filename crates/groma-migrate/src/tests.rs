//! Plans as people read them, and what holds of every plan.

mod property;
