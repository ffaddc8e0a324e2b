//! Files that stand apart from what is generated: taken for somebody else's, or in a conflict that nobody has settled.

use super::{exchange, generate, tasks};
use crate::support::Folder;

const LOCK: &str = "backend/.groma-generated.json";
const MAIN: &str = "backend/app/main.py";

/// One more entity with routes.
const MARK: &str = "```groma
entity Mark {
  id: uuid key
  title: text(1..80)
}
access Mark { allow read to everyone }
resource /marks for Mark { list public; read public }
```
";

/// A project whose lock was lost: `app/main.py`, which is edited, is taken for the owner's.
fn without_its_lock() -> Folder {
    let folder = tasks();
    generate(&folder, &[]);
    std::fs::remove_file(folder.path().join(LOCK)).unwrap();
    folder.write(MAIN, &(folder.read(MAIN) + "# mine\n"));
    let ran = generate(&folder, &[]);
    let said = "occupied   app/main.py: a file of yours is there and is not touched, which is said again when ours would \
                change; `--restore app/main.py` marks in it where the two differ\n";
    assert!(ran.out.contains(said), "{ran:?}");
    assert_eq!(generate(&folder, &["--check"]).code, Some(0));
    folder.write("specs/db/mark.md", MARK);
    folder
}

/// The text with the generated side of each conflict; the owner's where that has nothing.
fn settled(marked: &str) -> String {
    let mut text = String::new();
    let mut rest = marked;
    while let Some((before, conflict)) = rest.split_once("<<<<<<< yours\n") {
        let (mine, conflict) = conflict.split_once("=======\n").unwrap();
        let (ours, after) = conflict.split_once(">>>>>>> generated\n").unwrap();
        text = text + before + if ours.is_empty() { mine } else { ours };
        rest = after;
    }
    text + rest
}

#[test]
fn a_file_of_the_owners_that_falls_behind_is_told_of_on_each_run() {
    let folder = without_its_lock();
    for more in [&[][..], &["--check"], &[]] {
        let ran = generate(&folder, more);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let said = "behind     app/main.py: this file of yours stands where ours would read differently now; put them \
                    together with `--restore app/main.py`, which marks in it where they differ, or say `--without \
                    app/main.py` to hear no more of it\n";
        assert!(ran.out.contains(said), "{}", ran.out);
        assert!(!folder.read(MAIN).contains("marks"));
    }
}

#[test]
fn a_file_of_the_owners_is_put_together_with_ours_and_follows_from_then_on() {
    let folder = without_its_lock();
    let ran = generate(&folder, &["--restore", "app/main.py"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("conflict   app/main.py:"), "{}", ran.out);
    let marked = folder.read(MAIN);
    let theirs = "<<<<<<< yours\n=======\nfrom app.marks import router as marks\n>>>>>>> generated\n";
    let mine = "<<<<<<< yours\n# mine\n=======\n>>>>>>> generated\n";
    assert!(marked.contains(theirs) && marked.contains(mine), "{marked}");
    folder.write(MAIN, &settled(&marked));
    let ran = generate(&folder, &["--check"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    std::fs::remove_file(folder.path().join("specs/db/mark.md")).unwrap();
    let ran = generate(&folder, &["--goes", "marks"]);
    assert!(
        ran.out.contains("merged     app/main.py: your edits are in it\n"),
        "{ran:?}"
    );
    let main = folder.read(MAIN);
    assert!(main.ends_with("# mine\n") && !main.contains("marks"), "{main}");
}

#[test]
fn a_file_that_is_the_owners_for_good_is_told_of_no_more() {
    let folder = without_its_lock();
    assert_eq!(generate(&folder, &["--without", "app/main.py"]).code, Some(0));
    assert_eq!(generate(&folder, &["--check"]).code, Some(0));
    std::fs::remove_file(folder.path().join("specs/db/mark.md")).unwrap();
    let ran = generate(&folder, &["--goes", "marks"]);
    assert!(!ran.out.contains("app/main.py"), "{}", ran.out);
    assert!(folder.read(MAIN).ends_with("# mine\n"));
    // What is generated on is not let go of so.
    let ran = generate(&folder, &["--without", "app/health.py"]);
    assert!(
        ran.code == Some(2) && ran.err.contains("it would be generated on"),
        "{ran:?}"
    );
}

#[test]
fn what_was_kept_of_an_entity_that_came_back_is_told_of_when_it_falls_behind() {
    let folder = tasks();
    folder.write("specs/db/mark.md", MARK);
    generate(&folder, &[]);
    let models = "backend/app/marks/models.py";
    folder.write(models, &(folder.read(models) + "# mine\n"));
    std::fs::remove_file(folder.path().join("specs/db/mark.md")).unwrap();
    let ran = generate(&folder, &["--goes", "marks"]);
    assert!(ran.out.contains("kept       app/marks/models.py: "), "{ran:?}");
    folder.write("specs/db/mark.md", MARK);
    let ran = generate(&folder, &[]);
    assert!(ran.out.contains("occupied   app/marks/models.py: "), "{ran:?}");
    exchange(
        &folder,
        "specs/db/mark.md",
        "  title",
        "  note: text(1..9)?\n  title",
    );
    for more in [&[][..], &["--check"]] {
        let ran = generate(&folder, more);
        let is_told = ran.out.contains("behind     app/marks/models.py: ");
        assert!(ran.code == Some(1) && is_told, "{ran:?}");
    }
}

#[test]
fn what_a_merge_of_branches_has_marked_is_left_as_it_is_whatever_stands_behind_the_marks() {
    let folder = tasks();
    generate(&folder, &[]);
    let marked = format!(
        "<<<<<<< HEAD\n# one\n=======\n# other\n>>>>>>> branch\n{}",
        folder.read(MAIN)
    );
    folder.write(MAIN, &marked);
    let hooks = "backend/app/tasks/hooks.py";
    folder.write(hooks, "\n<<<<<<< HEAD\n=======\nONE = 1\n>>>>>>> branch\n");
    // A heading of Markdown is no mark.
    exchange(
        &folder,
        "backend/README.md",
        "# Task management\n",
        "Our tasks\n=======\n",
    );
    folder.write("specs/db/mark.md", MARK);
    for more in [&[][..], &["--check"]] {
        let ran = generate(&folder, more);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        for place in ["app/main.py:1", "app/tasks/hooks.py:2"] {
            let said =
                format!("unresolved {place}: the marks of a conflict stand in it; it was left as it is\n");
            assert!(ran.out.contains(&said), "{}", ran.out);
        }
        assert!(!ran.out.contains("unresolved README.md"), "{}", ran.out);
        assert_eq!(folder.read(MAIN), marked);
    }
    assert!(folder.read("backend/README.md").contains("Our tasks\n=======\n"));
    folder.write(hooks, "ONE = 1\n");
    let (_, settled) = marked.split_once(">>>>>>> branch\n").unwrap();
    folder.write(MAIN, settled);
    let ran = generate(&folder, &[]);
    assert!(ran.out.contains("changed    app/main.py\n"), "{ran:?}");
    assert_eq!(generate(&folder, &["--check"]).code, Some(0));
}

#[test]
fn one_mark_of_ours_that_was_left_behind_is_told_with_its_line() {
    let folder = tasks();
    generate(&folder, &[]);
    folder.write(MAIN, &format!("# mine\n>>>>>>> generated\n{}", folder.read(MAIN)));
    let ran = generate(&folder, &[]);
    assert!(ran.out.contains("unresolved app/main.py:2: the marks"), "{ran:?}");
}
