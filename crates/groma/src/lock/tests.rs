use super::{read, sha256, text};
use groma_diag::Sources;
use groma_ir::Model;

fn model(sources: &Sources) -> Model {
    Model::new(groma_sema::compile(sources).design.unwrap())
}

#[test]
fn the_digest_is_sha256() {
    assert_eq!(
        sha256("abc"),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}

#[test]
fn texts_come_back_byte_for_byte_and_numbers_keep_their_last_digit() {
    let mut sources = Sources::new();
    let design = "entity Part {\r\n  id: uuid key\r\n  weight: float(0.1..1234567.8901234567) = 0.30000000000000004\r\n}\r\n";
    sources.add("specs/part.groma", design);
    let frozen = text(&model(&sources), &sources).unwrap();
    let lock = read(&frozen, "groma.lock").unwrap();
    assert_eq!(lock.sources.text(groma_diag::FileId(0)), design);
    assert_eq!(text(&model(&lock.sources), &lock.sources).unwrap(), frozen);
}
