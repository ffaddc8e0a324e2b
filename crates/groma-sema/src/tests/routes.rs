//! The routes that rules compare are those that are served.

use std::path::Path;

use groma_ir::{access, http};

use super::examples::folder;
use crate::compile;
use crate::rules::routes;

#[test]
fn routes_are_those_of_the_http_view() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/tasks/specs");
    let design = compile(&folder(&root)).design.unwrap();
    let served = http::lower(&design, &access::lower(&design));
    let served = served
        .routes
        .iter()
        .map(|it| format!("{} {}", it.method.name(), it.path.template()));
    let known = routes::all(&design);
    let known: Vec<String> = known
        .iter()
        .map(|it| format!("{} {}", it.method, it.path()))
        .collect();
    assert_eq!(known, served.collect::<Vec<_>>());
}
