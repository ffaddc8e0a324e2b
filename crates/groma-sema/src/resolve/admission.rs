//! What stands before a route: whether it answers without a token, and how often each may call it.

use groma_ir::design::{Admission, Per, Rate};
use groma_syntax::ast::{self, AstNode};

use super::Resolver;
use super::resources::Operation;
use crate::rules::bad_setting;

/// Longer lists of words help nobody.
const UNITS: &str = "a unit: `s`, `min`, `h` or `day`";

impl Resolver<'_> {
    /// Of one operation; where several share a block, each has the limit for itself.
    pub(super) fn admission_of(&mut self, operation: &Operation<'_>) -> Admission {
        let public = operation.public || operation.ast.is_public();
        self.admission(public, operation.ast.clauses())
    }

    /// Of a route whose block has these clauses.
    pub(super) fn admission(
        &mut self,
        public: bool,
        clauses: impl Iterator<Item = ast::Clause>,
    ) -> Admission {
        let mut said = None;
        for clause in clauses {
            if let ast::Clause::Limit(limit) = clause {
                self.once(&mut said, limit, "`limit`");
            }
        }
        let rate = said.and_then(|limit| limit.rate());
        Admission {
            public,
            limit: rate.and_then(|rate| self.rate(&rate, "limit")),
        }
    }

    /// So many requests in a time, for each; `word` is what it belongs to.
    pub(super) fn rate(&mut self, ast: &ast::Rate, word: &str) -> Option<Rate> {
        let unit = ast.unit()?;
        let window = match unit.text().as_str() {
            "s" | "sec" | "second" => 1,
            "min" | "m" | "minute" => 60,
            "h" | "hour" => 3600,
            "d" | "day" => 86_400,
            _ => {
                self.report(bad_setting::bad_setting(unit.span(), word, UNITS));
                return None;
            }
        };
        let per = match ast.per() {
            None => Per::Caller,
            Some(per) if per.is("caller") => Per::Caller,
            Some(per) if per.is("address") => Per::Address,
            Some(per) => {
                let wanted = "`caller` or `address` behind `per`, as `5/min per address`";
                self.report(bad_setting::bad_setting(per.span(), word, wanted));
                return None;
            }
        };
        let count = ast.count()?;
        let requests = count.as_integer().and_then(|count| u32::try_from(count).ok());
        if let Some(requests @ 1..) = requests {
            return Some(Rate {
                requests,
                window,
                per,
            });
        }
        let found = bad_setting::bad_setting(count.span(), word, "a count of at least 1");
        self.report(found);
        None
    }
}
