//! Messages as bytes.

use core::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bytes that are no such message, or a message that no bytes stand for: page and engine are not of one build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Garbled;

/// A message's bytes.
///
/// # Errors
/// When the message holds what this form does not know. None of this crate's does.
pub fn write<T: Serialize + ?Sized>(message: &T) -> Result<Vec<u8>, Garbled> {
    postcard::to_allocvec(message).map_err(|_| Garbled)
}

/// Reads all of a message's bytes.
///
/// # Errors
/// When they are those of another message.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Garbled> {
    match postcard::take_from_bytes(bytes) {
        Ok((message, [])) => Ok(message),
        _ => Err(Garbled),
    }
}

impl fmt::Display for Garbled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("page and engine are not of one build")
    }
}

impl core::error::Error for Garbled {}

#[cfg(test)]
mod tests {
    use portolan_wire::Argument;
    use portolan_wire::action::{Action, PutHow, TransferMode};

    use super::*;
    use crate::{Order, Reply, Request};

    fn argument(text: &str) -> Argument {
        Argument::new(text).unwrap()
    }

    #[test]
    fn actions_come_back_as_they_were() {
        let actions = vec![
            Action::Call { host: None, port: 21 },
            Action::Connect {
                host: Some(argument("server")),
                port: Some(2121),
            },
            Action::LogIn {
                user: argument("anna"),
                password: argument(""),
                account: None,
            },
            Action::Features,
            Action::List { path: None },
            Action::Get {
                remote: argument("notes.txt"),
                local: Some(argument("n")),
                resume: true,
            },
            Action::Put {
                local: argument("a"),
                remote: None,
                how: PutHow::Unique,
            },
            Action::Rename {
                from: argument("a"),
                to: argument("b"),
            },
            Action::ChangeDirectory { path: argument("/") },
            Action::Mode {
                mode: TransferMode::ExtendedActive,
            },
            Action::Abort,
            Action::Quit,
            Action::Raw { line: argument("NOOP") },
        ];
        for actions in [None, Some(Vec::new()), Some(actions)] {
            let request = Request::Open {
                run: 300,
                order: Order {
                    scenario: "first-file".to_owned(),
                    seed: Some(u64::MAX),
                    settings: vec![("latency".to_owned(), "20ms".to_owned())],
                    actions,
                },
            };
            assert_eq!(read(&write(&request).unwrap()), Ok(request));
        }
    }

    #[test]
    fn other_bytes_are_refused() {
        let bytes = write(&Reply::Refused {
            run: 1,
            why: "no".to_owned(),
        });
        let bytes = bytes.unwrap();
        assert!(read::<Reply>(&bytes).is_ok());
        assert_eq!(read::<Reply>(&bytes[..bytes.len() - 1]), Err(Garbled));
        assert_eq!(read::<Reply>(&[bytes.as_slice(), &[0]].concat()), Err(Garbled));
        assert_eq!(read::<Reply>(&[99]), Err(Garbled));
    }
}
