//! The tool as a user runs it: words in; text, files, sockets and an exit code out.

#[cfg(test)]
mod access;
#[cfg(test)]
mod ask;
#[cfg(test)]
mod boards;
#[cfg(test)]
mod check;
#[cfg(test)]
mod data;
#[cfg(test)]
mod databases;
#[cfg(test)]
mod dev;
#[cfg(test)]
mod diff;
#[cfg(test)]
mod env;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod fmt;
#[cfg(test)]
mod freeze;
#[cfg(test)]
mod generate;
#[cfg(test)]
mod help;
#[cfg(test)]
mod import;
#[cfg(test)]
mod invitations;
mod ir;
#[cfg(test)]
mod liars;
mod migrate;
#[cfg(test)]
mod nested;
#[cfg(test)]
mod organizations;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod releases;
#[cfg(test)]
mod serve;
#[cfg(test)]
mod spec;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tenants;
#[cfg(test)]
mod token;
#[cfg(test)]
mod verify;
