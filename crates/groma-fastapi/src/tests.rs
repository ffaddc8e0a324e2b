mod corners;
mod examples;
mod pages;
mod people;
mod python;
mod revisions;
