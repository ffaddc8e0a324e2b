//! The rules of the JWT contract, each one both ways.
