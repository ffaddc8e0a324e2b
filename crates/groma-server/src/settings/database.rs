//! `DATABASE_URL`.

use std::path::PathBuf;

/// The file that a database URL names, or why it names none.
pub fn file(url: &str) -> Result<PathBuf, &'static str> {
    let path = match url.split_once(':') {
        Some(("sqlite" | "file", rest)) => rest.strip_prefix("//").unwrap_or(rest),
        Some(("postgres" | "postgresql", _)) => {
            return Err("this server keeps its data in SQLite; give a file, as `sqlite:data/tasks.db`");
        }
        Some((scheme, _))
            if scheme.len() > 1 && scheme.chars().all(|letter| letter.is_ascii_alphanumeric()) =>
        {
            return Err("its scheme is not known; give a file, as `sqlite:data/tasks.db`");
        }
        _ => url,
    };
    match path {
        "" => Err("it names no file; give one, as `sqlite:data/tasks.db`"),
        ":memory:" => Err("a database in memory has one connection only; give a file in a temporary folder"),
        _ if path.contains('?') => {
            Err("it has parameters, and there are none; give a file, as `sqlite:data/tasks.db`")
        }
        path => Ok(PathBuf::from(path)),
    }
}
