mod examples;
mod python;
mod revisions;
