//! Each planted bug is found, by the check that is about it.
