//! From the console's form to an action.

use portolan_wire::Argument;
use portolan_wire::action::{Action, FileType, PutHow, TransferMode};
use portolan_wire::security::Protection;

use super::Form;
use super::asked::Asked;
use crate::words;

/// The action of a deed; nothing if it is none of the console's.
///
/// # Errors
/// A sentence that says what is missing.
pub fn action(deed: &str, form: &Form, asked: &Asked, limit: Option<u64>) -> Option<Result<Action, String>> {
    let path = || argument(form.get("path").ok_or(words::NEEDS_PATH)?);
    let action = match deed {
        // A name that was chosen for something else is a file's, and no directory to list.
        "list" => form
            .get("path")
            .filter(|path| !asked.is_file(path))
            .map(argument)
            .transpose()
            .map(|path| Action::List { path }),
        "change-directory" => path().map(|path| Action::ChangeDirectory { path }),
        "up" => argument("..").map(|path| Action::ChangeDirectory { path }),
        "get" => path().map(|remote| Action::Get {
            remote,
            local: None,
            resume: false,
        }),
        "put" => put(form, limit),
        "inspect" => path().map(|path| Action::Inspect { path }),
        "make-directory" => path().map(|path| Action::MakeDirectory { path }),
        "remove-directory" => path().map(|path| Action::RemoveDirectory { path }),
        "delete" => path().map(|path| Action::Delete { path }),
        "rename" => rename(form),
        "mode" => {
            let wanted = form.get("mode").unwrap_or_default();
            let mode = TransferMode::ALL
                .into_iter()
                .find(|mode| words::mode(*mode).0 == wanted)?;
            Ok(Action::Mode { mode })
        }
        "type" => Ok(Action::Type {
            representation: match form.get("type") {
                Some("ascii") => FileType::Ascii,
                _ => FileType::Image,
            },
        }),
        "secure" => Ok(Action::Secure),
        "protect" => {
            let wanted = form.get("protect").unwrap_or_default();
            let level = Protection::ALL
                .into_iter()
                .find(|level| words::protection(*level).0 == wanted)?;
            Ok(Action::Protect { level })
        }
        "clear-control" => Ok(Action::ClearControl),
        "abort" => Ok(Action::Abort),
        "quit" => Ok(Action::Quit),
        _ => return None,
    };
    Some(action)
}

fn rename(form: &Form) -> Result<Action, String> {
    let from = argument(form.get("path").ok_or(words::NEEDS_PATH)?)?;
    let to = argument(form.get("to").ok_or(words::NEEDS_NAME)?)?;
    Ok(Action::Rename { from, to })
}

fn put(form: &Form, limit: Option<u64>) -> Result<Action, String> {
    let (name, size) = form.file.as_ref().ok_or(words::NEEDS_FILE)?;
    if let Some(limit) = limit.filter(|limit| size > limit) {
        return Err(words::too_long(name, limit));
    }
    Ok(Action::Put {
        local: argument(name)?,
        remote: None,
        how: PutHow::Replace,
    })
}

fn argument(text: &str) -> Result<Argument, String> {
    Argument::new(text).map_err(|error| error.to_string())
}
