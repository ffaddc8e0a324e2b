mod corners;
mod examples;
mod owner;
mod pages;
mod people;
mod python;
mod revisions;
