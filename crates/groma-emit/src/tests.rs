use groma_ir::sample;

use crate::{Options, emit_all};

#[test]
fn dump() {
    let model = sample::tasks();
    for (path, text) in emit_all(&model, &Options::default()).iter() {
        let path = format!("/tmp/emit/out/{path}");
        std::fs::create_dir_all(std::path::Path::new(&path).parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}
