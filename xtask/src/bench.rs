//! `cargo xtask bench`: what the project measures, as a table.

use crate::process::Trouble;
use crate::weight::{self, Part};
use crate::workspace::Workspace;
use crate::{page, process};

/// Prints the weights of the page.
pub fn bench(workspace: &Workspace, _arguments: &[String]) -> Result<(), Trouble> {
    page::build(workspace)?;
    let weights = weight::weights(workspace)?;
    println!("{:40} {:>12} {:>12}", "file", "bytes", "brotli");
    for weight in &weights {
        println!("{:40} {:>12} {:>12}", weight.name, weight.plain, weight.brotli);
    }
    println!(
        "{:40} {:>12} {:>12}",
        "page without engine",
        "",
        weight::sum(&weights, Part::Page)
    );
    println!("{:40} {:>12} {:>12}", "engine", "", weight::sum(&weights, Part::Engine));
    process::say("done");
    Ok(())
}
