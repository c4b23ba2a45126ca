//! Actions as bytes. In a text an action's own form has its kind as one field among the others; bytes without names can
//! not be read so.

use portolan_wire::Argument;
use portolan_wire::action::{Action, FileType, PutHow, TransferMode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What an [`Action`] is, kind first. The compiler sees to it that it stays so.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Action")]
enum Kind {
    Call {
        host: Option<Argument>,
        port: u16,
    },
    Connect {
        host: Option<Argument>,
        port: Option<u16>,
    },
    LogIn {
        user: Argument,
        password: Argument,
        account: Option<Argument>,
    },
    Features,
    List {
        path: Option<Argument>,
    },
    Names {
        path: Option<Argument>,
    },
    Inspect {
        path: Argument,
    },
    Get {
        remote: Argument,
        local: Option<Argument>,
        resume: bool,
    },
    Put {
        local: Argument,
        remote: Option<Argument>,
        how: PutHow,
    },
    Delete {
        path: Argument,
    },
    Rename {
        from: Argument,
        to: Argument,
    },
    MakeDirectory {
        path: Argument,
    },
    RemoveDirectory {
        path: Argument,
    },
    WorkingDirectory,
    ChangeDirectory {
        path: Argument,
    },
    Type {
        representation: FileType,
    },
    Mode {
        mode: TransferMode,
    },
    Abort,
    Quit,
    Raw {
        line: Argument,
    },
}

#[derive(Serialize)]
struct Given<'a>(#[serde(serialize_with = "Kind::serialize")] &'a Action);

#[derive(Deserialize)]
struct Taken(#[serde(with = "Kind")] Action);

pub(crate) fn serialize<S: Serializer>(actions: &Option<Vec<Action>>, to: S) -> Result<S::Ok, S::Error> {
    let given = actions
        .as_ref()
        .map(|actions| actions.iter().map(Given).collect::<Vec<_>>());
    given.serialize(to)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<Action>>, D::Error> {
    let taken = Option::<Vec<Taken>>::deserialize(from)?;
    Ok(taken.map(|taken| taken.into_iter().map(|Taken(action)| action).collect()))
}
