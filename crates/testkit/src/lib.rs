//! Test pages, goldens and throw-away folders. Knows no product type.
