use super::{RED, Style, harmless};

#[test]
fn a_terminal_obeys_nothing_but_colours() {
    let style = Style {
        colour: true,
        width: 80,
    };
    let own = format!("{}: it is so\n\tand so\r\n", style.strong(RED, "error"));
    assert_eq!(harmless(&own), own);
    assert_eq!(
        harmless("a\u{1b}[2Jb\u{1b}]0;evil\u{7}c\u{9b}1md\u{1b}[1"),
        "a\u{fffd}[2Jb\u{fffd}]0;evil\u{fffd}c\u{fffd}1md\u{fffd}[1"
    );
}
