mod regenerate;
mod set;
