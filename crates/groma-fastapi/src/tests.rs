mod examples;
mod python;
