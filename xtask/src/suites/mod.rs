//! `cargo xtask test`: every suite in its order, each timed and named, and one line at the end that says what it came to.

mod checks;
mod plan;
mod tests;

use std::env;
use std::time::Instant;

use crate::debian::{self, Lack};
use crate::process::{Counts, Trouble, say};
use crate::workspace::Workspace;

pub use plan::Suite;

/// What became of a suite.
enum Outcome {
    Ran(Counts),
    /// It could not be run here, and this is why.
    Skipped(Lack),
    /// It was never started, as something before it failed that it stands on.
    Stopped(Trouble),
}

/// Runs the suites named, or all of them.
pub fn test(workspace: &Workspace, names: &[String]) -> Result<(), Trouble> {
    let mut suites = plan::suites(workspace)?;
    if let Some(unknown) = names
        .iter()
        .find(|name| !suites.iter().any(|suite| suite.name == **name))
    {
        return Err(Trouble::because(format!(
            "there is no suite called `{unknown}`; `cargo xtask suites` lists them"
        )));
    }
    if !names.is_empty() {
        suites.retain(|suite| names.contains(&suite.name));
    }
    let needs: Vec<String> = suites.iter().flat_map(|suite| suite.needs.clone()).collect();
    debian::bring(&needs);

    let mut outcomes = Vec::new();
    for suite in suites {
        let start = Instant::now();
        let outcome = run(workspace, &suite);
        let seconds = start.elapsed().as_secs_f64();
        say(format_args!(
            "suite {}: {} ({seconds:.1} s)",
            suite.name,
            outcome.told()
        ));
        outcomes.push((suite, outcome, seconds));
    }
    sum_up(&outcomes)
}

/// Prints the suites and what they need.
pub fn list(workspace: &Workspace) -> Result<(), Trouble> {
    for suite in plan::suites(workspace)? {
        let needs = if suite.needs.is_empty() {
            String::new()
        } else {
            format!(" (needs {})", suite.needs.join(", "))
        };
        println!("{:12} {}{needs}", suite.name, suite.about);
    }
    Ok(())
}

fn run(workspace: &Workspace, suite: &Suite) -> Outcome {
    if let Some(lack) = debian::lack(&suite.needs) {
        return Outcome::Skipped(lack);
    }
    say(format_args!("suite {}: {}", suite.name, suite.about));
    match suite.run(workspace) {
        Ok(counts) => Outcome::Ran(counts),
        Err(trouble) => Outcome::Stopped(trouble),
    }
}

/// The table of suites, then the one line that counts; trouble if anything failed or nothing ran.
fn sum_up(outcomes: &[(Suite, Outcome, f64)]) -> Result<(), Trouble> {
    let strict = env::var("CI").is_ok_and(|ci| ci == "true");
    let mut total = Counts::default();
    println!();
    for (suite, outcome, seconds) in outcomes {
        println!("{:12} {seconds:7.1} s  {}", suite.name, outcome.told());
        total += outcome.counts(strict);
    }
    println!("\n{total}");
    if total.failed > 0 || total.passed == 0 {
        Err(Trouble::Told)
    } else {
        Ok(())
    }
}

impl Outcome {
    /// What this adds to the whole. A suite that ran and held no test is a mistake in the plan, so it counts as a failure;
    /// so does, when nothing may be left out, a skipped one, unless the kernel is the reason.
    fn counts(&self, strict: bool) -> Counts {
        let failure = Counts { passed: 0, failed: 1 };
        match self {
            Self::Ran(counts) if *counts == Counts::default() => failure,
            Self::Ran(counts) => *counts,
            Self::Skipped(Lack::Programs(_)) if strict => failure,
            Self::Skipped(_) => Counts::default(),
            Self::Stopped(_) => failure,
        }
    }

    fn told(&self) -> String {
        match self {
            Self::Ran(counts) if *counts == Counts::default() => "failed: it held no test".into(),
            Self::Ran(counts) => counts.to_string(),
            Self::Skipped(lack) => format!("skipped: {lack}"),
            Self::Stopped(trouble) => format!("failed: {trouble}"),
        }
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    const FAILURE: Counts = Counts { passed: 0, failed: 1 };

    #[test]
    fn nothing_run_is_no_success() {
        assert_eq!(Outcome::Ran(Counts::default()).counts(false), FAILURE);
        assert!(sum_up(&[]).is_err());
    }

    #[test]
    fn a_skip_is_a_failure_only_where_nothing_may_be_skipped() {
        let programs = Outcome::Skipped(Lack::Programs(vec!["vsftpd".into()]));
        assert_eq!(programs.counts(false), Counts::default());
        assert_eq!(programs.counts(true), FAILURE);
        assert_eq!(Outcome::Skipped(Lack::Namespaces).counts(true), Counts::default());
    }

    #[test]
    fn trouble_is_a_failure() {
        assert_eq!(Outcome::Stopped(Trouble::because("no disk")).counts(false), FAILURE);
    }
}
