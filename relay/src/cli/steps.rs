//! The actions of `connect`, in the order in which they stand on the command line. clap's derive keeps each option's
//! values together and loses that order, so this is written by hand.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

/// Actions in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Steps(pub(crate) Vec<Step>);

/// One action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// Its option, without the dashes.
    pub(crate) option: &'static str,
    /// What stands behind it.
    pub(crate) values: Vec<String>,
}

/// An option: its name, its values, at least how many of them, and what it does.
const OPTIONS: [(&str, &[&str], usize, &str); 11] = [
    (
        "list",
        &["PATH"],
        1,
        "List a directory; an empty PATH is the working directory",
    ),
    ("names", &["PATH"], 1, "List a directory's names; likewise"),
    ("inspect", &["PATH"], 1, "Tell what the server knows of a path"),
    ("get", &["REMOTE", "LOCAL"], 1, "Download a file"),
    ("put", &["LOCAL", "REMOTE"], 1, "Upload a file"),
    ("append", &["LOCAL", "REMOTE"], 1, "Upload to the end of a file"),
    ("delete", &["PATH"], 1, "Delete a file"),
    ("rename", &["FROM", "TO"], 2, "Rename a file or directory"),
    ("make-directory", &["PATH"], 1, "Make a directory"),
    ("remove-directory", &["PATH"], 1, "Remove an empty directory"),
    ("change-directory", &["PATH"], 1, "Change the working directory"),
];

impl Args for Steps {
    fn augment_args(command: Command) -> Command {
        OPTIONS
            .into_iter()
            .fold(command, |command, (name, values, least, help)| {
                command.arg(
                    Arg::new(name)
                        .long(name)
                        .value_names(values)
                        .num_args(least..=values.len())
                        .action(ArgAction::Append)
                        .help(help)
                        .help_heading("Actions"),
                )
            })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Steps {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut steps: Vec<(usize, Step)> = Vec::new();
        for (option, _, _, _) in OPTIONS {
            let occurrences = matches.get_occurrences::<String>(option).into_iter().flatten();
            let mut places = matches.indices_of(option).into_iter().flatten();
            for occurrence in occurrences {
                let values: Vec<String> = occurrence.cloned().collect();
                // Every value has a place.
                let place = places.next().unwrap_or_default();
                for _ in 1..values.len() {
                    places.next();
                }
                steps.push((place, Step { option, values }));
            }
        }
        steps.sort_by_key(|(place, _)| *place);
        Ok(Self(steps.into_iter().map(|(_, step)| step).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_keep_their_order() {
        let command = Steps::augment_args(Command::new("test"));
        let line = "test --put a --list . --get b c --list /x --put d e --rename f g --get h";
        let matches = command.try_get_matches_from(line.split(' ')).unwrap();
        let steps = Steps::from_arg_matches(&matches).unwrap().0;
        let told: Vec<String> = steps
            .iter()
            .map(|step| format!("{} {}", step.option, step.values.join(",")))
            .collect();
        assert_eq!(
            told,
            [
                "put a",
                "list .",
                "get b,c",
                "list /x",
                "put d,e",
                "rename f,g",
                "get h"
            ]
        );
    }
}
