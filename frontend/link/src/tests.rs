use portolan_wire::Argument;
use portolan_wire::action::{Action, PutHow, TransferMode};
use portolan_wire::security::Protection;

use crate::{Order, Reply, Request, read, write};

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
        Action::Secure,
        Action::Protect {
            level: Protection::Private,
        },
        Action::ClearControl,
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
        assert_eq!(read(&write(&request)), Some(request));
    }
}

#[test]
fn other_bytes_are_refused() {
    let bytes = write(&Reply::Refused {
        run: 1,
        why: "no".to_owned(),
    });
    assert!(read::<Reply>(&bytes).is_some());
    assert_eq!(read::<Reply>(&bytes[..bytes.len() - 1]), None);
    assert_eq!(read::<Reply>(&[bytes.as_slice(), &[0]].concat()), None);
    assert_eq!(read::<Reply>(&[99]), None);
}
