//! The rows of real sessions: `portolan connect` beside curl.

use super::{Floors, Measures, best, measures, median};
use crate::process::{self, Trouble};
use crate::workspace::Workspace;

/// The package that holds the program, and the program.
const PACKAGE: &str = "portolan-tests";
const PROGRAM: &str = "live";
/// A large file goes at this part of curl's speed.
const FLOOR: f64 = 0.9;
/// The ways of a large file.
const WAYS: [&str; 4] = ["1 GB up", "1 GB down", "1 GB up under TLS", "1 GB down under TLS"];
/// The sessions of small files.
const SESSIONS: [&str; 2] = ["1000 files", "10000 files"];

/// What was measured of real sessions, and what there is to say to it.
pub struct Live {
    measures: Measures,
    notes: Vec<String>,
}

impl Live {
    /// Measures them.
    pub fn measure(workspace: &Workspace) -> Result<Self, Trouble> {
        let arguments = ["run", "--release", "--quiet", "--package", PACKAGE, "--bin", PROGRAM];
        let mut run = process::cargo();
        run.current_dir(workspace.root())
            .args(arguments)
            .env("PORTOLAN_PROGRAM", workspace.program());
        Self::read(&process::read(&mut run)?)
    }

    fn read(output: &str) -> Result<Self, Trouble> {
        let (notes, lines): (Vec<&str>, Vec<&str>) = output.lines().partition(|line| line.starts_with('#'));
        let mut live = Self {
            measures: Measures::new(),
            notes: notes
                .into_iter()
                .map(|note| note.trim_start_matches("# ").to_owned())
                .collect(),
        };
        measures(&lines.join("\n"), &mut live.measures)?;
        Ok(live)
    }

    /// Prints the rows.
    pub fn tell(&self) {
        println!(
            "{:35} {:>9} {:>9} {:>12} {:>9} {:>6} {:>9}",
            "real sessions over loopback", "connect", "(median)", "curl", "(median)", "part", "memory"
        );
        for way in WAYS {
            let (ours, others) = (self.runs(way, "connect", "MB/s"), self.runs(way, "curl", "MB/s"));
            let name = format!("{way} (MB/s)");
            let numbers = [best(ours), median(ours), best(others), median(others)];
            self.row(way, &name, numbers, self.part(way), 0);
        }
        for session in SESSIONS {
            let (ours, others) = (
                self.runs(session, "connect", "ms a file"),
                self.runs(session, "curl", "ms a file"),
            );
            let name = format!("{session}, up and down (ms each)");
            let numbers = [median(ours), 0.0, median(others), 0.0];
            self.row(session, &name, numbers, None, 2);
        }
        for note in &self.notes {
            println!("{note}");
        }
        println!();
    }

    /// Holds large files to the floor, where there was something to measure.
    pub fn note(&self, floors: &mut Floors) {
        for way in WAYS {
            if let Some(part) = self.part(way) {
                floors.hold(part, FLOOR, &format!("{way}, `connect` to curl"));
            }
        }
    }

    /// What was not measured is a dash.
    fn row(&self, what: &str, name: &str, numbers: [f64; 4], part: Option<f64>, places: usize) {
        let shown = numbers.map(|number| {
            if number > 0.0 {
                format!("{number:.places$}")
            } else {
                "-".to_owned()
            }
        });
        let [ours, median, others, their_median] = shown;
        let part = part.map_or_else(|| "-".to_owned(), |part| format!("{part:.2}"));
        let memory = match best(self.runs(what, "connect", "MB")) {
            0.0 => "-".to_owned(),
            most => format!("{most:.1} MB"),
        };
        println!("{name:35} {ours:>9} {median:>9} {others:>12} {their_median:>9} {part:>6} {memory:>9}");
    }

    /// How much of curl's speed we reach, the best run of each.
    fn part(&self, way: &str) -> Option<f64> {
        let (ours, others) = (self.runs(way, "connect", "MB/s"), self.runs(way, "curl", "MB/s"));
        (!ours.is_empty() && !others.is_empty()).then(|| best(ours) / best(others))
    }

    fn runs(&self, what: &str, program: &str, unit: &str) -> &[f64] {
        let runs = self.measures.get(&format!("{what}: {program} ({unit})"));
        runs.map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_runs_are_compared() {
        let live = Live::read(
            "1 GB up: connect\tMB/s\t900\n1 GB up: connect\tMB\t6.9\n1 GB up: curl\tMB/s\t1000\n\
             1 GB up: connect\tMB/s\t500\n1 GB down: connect\tMB/s\t899\n1 GB down: curl\tMB/s\t1000\n",
        );
        let live = live.unwrap();
        let mut floors = Floors::default();
        live.note(&mut floors);
        assert_eq!(live.part("1 GB up"), Some(0.9));
        assert_eq!(floors.missed, 1, "only the way down is too slow");
        assert_eq!(live.part("1 GB up under TLS"), None, "it has rows of its own");
        assert_eq!(live.runs("1 GB up", "connect", "MB"), [6.9]);
    }

    #[test]
    fn what_cannot_be_measured_is_said_and_no_failure() {
        let live = Live::read("# vsftpd is not installed\n").unwrap();
        let mut floors = Floors::default();
        live.note(&mut floors);
        assert_eq!(floors.missed, 0);
        assert_eq!(live.notes, ["vsftpd is not installed"]);
    }
}
