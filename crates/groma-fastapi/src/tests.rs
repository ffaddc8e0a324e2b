mod examples;
mod pages;
mod python;
