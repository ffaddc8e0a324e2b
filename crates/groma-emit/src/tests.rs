use groma_ir::sample;

use crate::{Options, openapi};

#[test]
fn dump() {
    let model = sample::tasks();
    std::fs::write(
        "/tmp/emit/openapi.json",
        openapi::text(&model, &Options::default()),
    )
    .unwrap();
}
