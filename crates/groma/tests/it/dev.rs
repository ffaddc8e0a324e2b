//! `groma dev`

use std::process::Command;

use crate::support::{Folder, NOTES, Request, Serving, groma, notes};

#[test]
fn the_curl_lines_work_when_they_are_pasted() {
    let folder = notes();
    let mut server = Serving::start(&folder, &["dev"], &[]);
    let lines = server.lines_until("Ctrl-C");
    let pasted: Vec<&String> = lines.iter().filter(|line| line.starts_with("curl ")).collect();
    assert_eq!(pasted.len(), 2, "{lines:?}");
    let answers: Vec<String> = pasted.iter().map(|line| shell(line)).collect();
    assert!(answers[0].contains("\"owner_id\":\"alice\""), "{answers:?}");
    assert!(answers[1].starts_with("{\"items\":[{\"id\":"), "{answers:?}");
    assert_eq!(server.stop(), Some(0));
}

fn shell(line: &str) -> String {
    let output = Command::new("sh").args(["-c", line]).output().unwrap();
    assert!(output.status.success(), "{line}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn it_writes_the_specification_on_its_way() {
    let folder = notes();
    let server = Serving::start(&folder, &["dev"], &[("GROMA_ENV", "production")]);
    assert!(folder.has("specs/api/README.md"));
    assert!(folder.has("specs/api/openapi.json"));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn rates_are_limited_only_where_the_environment_says_so() {
    let folder = Folder::new();
    folder.write(
        "specs/notes.md",
        &NOTES.replace("  title \"Notes\"", "  limits rate 1/min per caller"),
    );
    let token = groma(&folder, &["token"]).out;
    let ask = |server: &Serving| {
        let request = Request {
            method: "GET",
            path: "/notes",
            token: Some(&token),
            body: None,
        };
        (server.send(&request).status, server.send(&request).status)
    };
    assert_eq!(ask(&Serving::start(&folder, &["dev"], &[])), (200, 200));
    assert_eq!(
        ask(&Serving::start(&folder, &["dev"], &[("RATE_LIMIT", "1/min")])),
        (200, 429)
    );
    assert_eq!(ask(&Serving::start(&folder, &["serve"], &[])), (200, 429));
}

#[test]
fn a_design_with_errors_is_shown_and_not_served() {
    let folder = Folder::new();
    folder.write("specs/notes.md", &NOTES.replace("text(1..100)", "txt"));
    let ran = groma(&folder, &["dev", "--port", "0"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.out.contains("1 error; mend them and start again"),
        "{}",
        ran.out
    );
    assert!(!folder.has("specs/api/README.md"));
}
