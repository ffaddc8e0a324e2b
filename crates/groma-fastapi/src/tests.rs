mod corners;
mod examples;
mod pages;
mod python;
mod revisions;
