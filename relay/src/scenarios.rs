//! `portolan scenarios`: the catalogue.

use std::fmt::Write as _;

use portolan_scenario::{Scenario, catalogue};
use serde::Serialize;

use crate::cli::Scenarios;
use crate::{Trouble, output};

/// One scenario, as `--json` prints it.
#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    title: &'a str,
    summary: &'a str,
}

/// Prints the catalogue.
pub(crate) fn run(asked: &Scenarios) -> Result<(), Trouble> {
    let scenarios = catalogue();
    let text = if asked.json {
        json(&scenarios)?
    } else {
        table(&scenarios)
    };
    output::print(text.as_bytes())
}

fn table(scenarios: &[Scenario]) -> String {
    let width = scenarios.iter().map(|scenario| scenario.name.len()).max().unwrap_or(0);
    scenarios.iter().fold(String::new(), |mut table, scenario| {
        // Writing to a string does not fail.
        let _ = writeln!(table, "{:width$}  {}", scenario.name, scenario.title);
        table
    })
}

fn json(scenarios: &[Scenario]) -> Result<String, Trouble> {
    let row = |scenario: &'_ Scenario| -> Result<String, serde_json::Error> {
        serde_json::to_string(&Row {
            name: &scenario.name,
            title: &scenario.title,
            summary: &scenario.summary,
        })
    };
    let rows: Result<Vec<String>, _> = scenarios.iter().map(row).collect();
    match rows {
        Ok(rows) => Ok(format!("[\n  {}\n]\n", rows.join(",\n  "))),
        Err(error) => Err(Trouble::Failed(format!(
            "the catalogue could not be written as JSON: {error}"
        ))),
    }
}
