//! `--help` and words that are not understood.

use crate::support::{Folder, groma};

#[test]
fn every_command_has_help_and_the_longer_ones_have_examples() {
    let folder = Folder::new();
    let top = groma(&folder, &["--help"]);
    assert_eq!(top.code, Some(0));
    for command in [
        "check", "fmt", "explain", "spec", "ir", "dev", "serve", "token", "env", "verify", "ask", "status",
        "freeze", "diff", "migrate",
    ] {
        assert!(
            top.out.contains(&format!("  {command}  ")),
            "{command} in {}",
            top.out
        );
        let help = groma(&folder, &[command, "--help"]);
        assert_eq!(help.code, Some(0), "{command}");
        assert!(
            help.out.contains("Examples:\n  groma ") || help.out.contains("Examples:\n  GROMA_"),
            "{command}"
        );
    }
}

#[test]
fn wrong_words_end_with_2_and_a_suggestion() {
    let ran = groma(&Folder::new(), &["chek"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("'check'"), "{}", ran.err);
    assert_eq!(groma(&Folder::new(), &["check", "--format", "xml"]).code, Some(2));
}
