//! Each planted bug is found, by the check that is about it.

use super::bed::Bug;
use super::clean::run;
use super::designs;

/// Verifies with one check alone, and expects a finding of it for each bug.
fn check(plan: &[(&str, &[Bug])]) {
    let mut survivors = Vec::new();
    for (found_by, bugs) in plan {
        for bug in *bugs {
            let report = run(designs::tasks(), &[*bug], &[found_by]);
            if !report.findings.iter().any(|finding| finding.check == *found_by) {
                survivors.push(format!("{found_by} does not find {bug:?}"));
            }
        }
    }
    assert!(survivors.is_empty(), "{survivors:#?}");
}

#[test]
fn access_bugs_are_found() {
    check(&[
        ("Z01", &[Bug::NeedsNoToken]),
        (
            "Z02",
            &[Bug::EverybodyIsAdmin, Bug::DeniesRoles, Bug::DeniesEverything],
        ),
        (
            "Z03",
            &[
                Bug::ReadsAnyRow,
                Bug::ForbidsInsteadOfHiding,
                Bug::EverybodyIsAdmin,
            ],
        ),
        (
            "Z04",
            &[
                Bug::UpdatesAnyRow,
                Bug::DeletesAnyRow,
                Bug::ActsOnAnyRow,
                Bug::WritesBeforeItForbids,
                Bug::DeniesEverything,
            ],
        ),
        ("Z05", &[Bug::ListsAnyRow, Bug::ReportsAnyRow, Bug::CountsAllRows]),
        ("Z09", &[Bug::TakesOwnerFromBody, Bug::IgnoresUnknownMembers]),
        ("Z10", &[Bug::IgnoresRuleOnParent, Bug::SeesHiddenReferences]),
        ("Z12", &[Bug::TellsThatARowIsHidden, Bug::ForbidsInsteadOfHiding]),
        ("V08", &[Bug::SeesHiddenReferences, Bug::TakesAnyReference]),
    ]);
}

#[test]
fn a_parent_in_the_path_that_counts_for_nothing_is_found() {
    for check in ["Z11", "Z12"] {
        let report = run(designs::nested(), &[Bug::IgnoresParent], &[check]);
        assert!(
            report.findings.iter().any(|finding| finding.check == check),
            "{}",
            report.to_text()
        );
    }
}

#[test]
fn what_the_wide_design_alone_has_is_found() {
    for (bug, check) in [
        (Bug::SharesUniqueValues, "C04"),
        (Bug::IgnoresUnknownParameters, "Z06"),
    ] {
        let report = run(designs::wide(), &[bug], &[check]);
        assert!(
            report.findings.iter().any(|finding| finding.check == check),
            "{}",
            report.to_text()
        );
    }
}

#[test]
fn token_bugs_are_found() {
    check(&[
        ("J01", &[Bug::NoChallenge, Bug::NeedsNoToken]),
        ("J02", &[Bug::TakesNone, Bug::IgnoresSignature]),
        ("J03", &[Bug::IgnoresSignature]),
        ("J04", &[Bug::TakesPublicKeyAsSecret]),
        ("J05", &[Bug::TakesEmbeddedKey]),
        ("J06", &[Bug::FailsOnUnknownKid]),
        (
            "J07",
            &[Bug::IgnoresExp, Bug::IgnoresNbf, Bug::RefusesAudienceList],
        ),
        ("J08", &[Bug::IgnoresAudience, Bug::IgnoresIssuer]),
        ("J10", &[Bug::IgnoresCrit]),
    ]);
}

#[test]
fn write_bugs_are_found() {
    check(&[
        (
            "F01",
            &[Bug::ForgetsDefaults, Bug::KeepsUntrimmed, Bug::TruncatesText],
        ),
        (
            "F07",
            &[
                Bug::PatchIgnoresNull,
                Bug::PatchFillsDefaults,
                Bug::PutKeepsAbsent,
            ],
        ),
        ("F08", &[Bug::DeleteDoesNothing, Bug::DeleteLeavesReferences]),
        (
            "F09",
            &[Bug::MovesFreely, Bug::ActsFromAnyState, Bug::ActionForgetsToSet],
        ),
        ("V10", &[Bug::FailsOnPercent]),
    ]);
}

#[test]
fn list_bugs_are_found() {
    check(&[
        (
            "F04",
            &[
                Bug::IgnoresFilters,
                Bug::IgnoresNamedFilters,
                Bug::NotEqualDropsEmpty,
            ],
        ),
        (
            "F04",
            &[
                Bug::SearchTakesWildcards,
                Bug::SearchMatchesAnyWord,
                Bug::IgnoresUnknownParameters,
            ],
        ),
        (
            "F05",
            &[Bug::NullsFirst, Bug::SortsEnumByName, Bug::SortIgnoresDirection],
        ),
        (
            "F06",
            &[
                Bug::PageRepeatsLastRow,
                Bug::PageSkipsARow,
                Bug::TakesAnyCursor,
                Bug::OffsetPages,
            ],
        ),
    ]);
}

#[test]
fn input_bugs_are_found() {
    check(&[
        ("E04", &[Bug::ReportsFirstMistakeOnly]),
        ("V01", &[Bug::TakesMissing]),
        ("V02", &[Bug::CoercesText]),
        ("V03", &[Bug::CountsBytes, Bug::OffByOneLength]),
        ("V04", &[Bug::TakesEnumInAnyCase]),
        ("V05", &[Bug::TakesAnyDate]),
        ("V06", &[Bug::TakesRepeatedMembers, Bug::IgnoresUnknownMembers]),
        ("V09", &[Bug::IgnoresContentType]),
    ]);
}

#[test]
fn protocol_bugs_are_found() {
    check(&[
        ("E01", &[Bug::PlainErrors, Bug::WrongStatusInProblem]),
        ("E02", &[Bug::LeaksTheInside]),
        (
            "E03",
            &[
                Bug::NoAllow,
                Bug::RedirectsTrailingSlash,
                Bug::NoLimitOnBody,
                Bug::IgnoresAccept,
            ],
        ),
        ("E05", &[Bug::FailsOnPercent, Bug::FailsOnUnknownKid]),
        ("E06", &[Bug::StoresPrivateAnswers]),
        ("E07", &[Bug::HeadHasOtherStatus]),
        ("C01", &[Bug::EtagNeverChanges, Bug::IgnoresIfNoneMatch]),
        ("C02", &[Bug::IgnoresIfMatch]),
        ("C03", &[Bug::IgnoresIfMatch]),
        (
            "C05",
            &[
                Bug::IgnoresIdempotencyKey,
                Bug::SharesIdempotencyKeys,
                Bug::RepeatsWhateverTheBody,
            ],
        ),
        (
            "Z16",
            &[
                Bug::HonoursMethodOverride,
                Bug::TakesTokenFromQuery,
                Bug::TrustsForwardedUser,
            ],
        ),
        (
            "F02",
            &[Bug::NoLocation, Bug::MembersOutOfOrder, Bug::MissingMember],
        ),
    ]);
}
