//! A `PUT` that makes its row, by many at once: one makes it, the others change it.

use std::thread;

use groma_diag::Sources;
use groma_ir::Model;

use super::{Site, json};

const DESIGN: &str = "
service Notes { base /api }
auth {
  issuer env ISSUER_URL jwks \"/jwks\" algorithms EdDSA
  audience env ISSUER_URL
  caller User from claim sub
}
entity User external table \"user\" { id: text(1..64) key }
entity Note {
  id: uuid key
  owner: User = caller readonly
  shared with User as view < edit
}
access Note { allow create to authenticated; allow read to owner, view; allow share to owner }
resource /notes for Note { create; read; shares }
";

fn notes() -> Model {
    let mut sources = Sources::new();
    sources.add("notes.groma", DESIGN);
    let compiled = groma_sema::compile(&sources);
    let design = compiled.design;
    Model::new(design.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_many_makes_the_row_and_the_others_change_it() {
    let site = Site::of(notes(), |_| {}).await;
    let note = json(&site.ann("POST", "/api/notes").json("{}").send());
    let shares = format!("/api/notes/{}/shares", note["id"].as_str().unwrap());
    let share = format!("{shares}/bob");
    let mut statuses: Vec<u16> = thread::scope(|scope| {
        let put = |at: usize| {
            let level = if at < 8 { "view" } else { "edit" };
            let call = site.ann("PUT", &share);
            scope.spawn(move || call.json(&format!("{{\"level\":\"{level}\"}}")).send().status)
        };
        let all: Vec<_> = (0..16).map(put).collect();
        all.into_iter().map(|put| put.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses.pop(), Some(201));
    assert_eq!(statuses, [200; 15]);
    let list = json(&site.ann("GET", &shares).send());
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_it_made_stands_at_its_path() {
    let site = Site::of(notes(), |_| {}).await;
    let note = json(&site.ann("POST", "/api/notes").json("{}").send());
    let share = format!("/api/notes/{}/shares/b%40b", note["id"].as_str().unwrap());
    let made = site.ann("PUT", &share).json("{\"level\":\"view\"}").send();
    assert_eq!(
        (made.status, made.header("location")),
        (201, Some(share.as_str()))
    );
    let got = site.ann("GET", made.header("location").unwrap()).send();
    assert_eq!((got.status, got.header("etag")), (200, made.header("etag")));
    assert_eq!(json(&got)["user_id"], "b@b");
}
