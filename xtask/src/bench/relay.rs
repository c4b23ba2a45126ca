//! The rows of the relay: a file through it beside a plain copy, its viewers, and how soon one sees something.

use super::{Measures, best, measures, median};
use crate::process::{self, Trouble};
use crate::workspace::Workspace;

/// The benchmark's package and name.
const PACKAGE: &str = "portolan";
const BENCH: &str = "relay";

/// What was measured of the relay.
pub struct Relay(Measures);

impl Relay {
    /// Measures it.
    pub fn measure(workspace: &Workspace) -> Result<Self, Trouble> {
        let arguments = ["bench", "--quiet", "--package", PACKAGE, "--bench", BENCH];
        let output = process::read(process::cargo().current_dir(workspace.root()).args(arguments))?;
        let mut measured = Measures::new();
        measures(&output, &mut measured)?;
        Ok(Self(measured))
    }

    /// Prints the rows.
    pub fn tell(&self) {
        println!("{:35} {:>9} {:>9}", "the relay over loopback", "best", "(median)");
        for (name, runs) in &self.0 {
            // Of speeds the largest is the best, of times and memory the smallest.
            let best = if name.contains("MB/s") {
                best(runs)
            } else {
                runs.iter().copied().fold(f64::INFINITY, f64::min)
            };
            println!("{name:35} {best:9.2} {:9.2}", median(runs));
        }
        println!();
    }
}
