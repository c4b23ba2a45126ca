//! The two with every verb that both know.

use portolan_wire::action::{FileType, PutHow};
use portolan_wire::report::{ListingForm, Note, PathKind, TransferKind};

use super::*;

fn connected(plan: impl IntoIterator<Item = Action>) -> Vec<Action> {
    let (host, port) = (None, None);
    let first = [
        Action::Connect { host, port },
        Action::LogIn {
            user: text("ada"),
            password: text("secret"),
            account: None,
        },
    ];
    first.into_iter().chain(plan).chain([Action::Quit]).collect()
}

fn put(local: &str, remote: Option<&str>, how: PutHow) -> Action {
    Action::Put {
        local: text(local),
        remote: remote.map(text),
        how,
    }
}

fn get(remote: &str, local: &str, resume: bool) -> Action {
    Action::Get {
        remote: text(remote),
        local: Some(text(local)),
        resume,
    }
}

fn cd(path: &str) -> Action {
    Action::ChangeDirectory { path: text(path) }
}

fn bytes(size: u64, seed: u64) -> Vec<u8> {
    Generated { size, seed }.read(0, usize::MAX)
}

fn tree(files: &[(&str, &[u8])]) -> Tree {
    let mut tree = Tree::new(0);
    for (path, bytes) in files {
        tree.add_file(&at(path), Content::Bytes((*bytes).into()), 0).unwrap();
    }
    tree
}

fn content(tree: &Tree, path: &str) -> Option<Vec<u8>> {
    let content = tree.content(&at(path)).ok()?;
    Some(content.read(0, usize::MAX))
}

impl Pair {
    /// Runs to the end; every action has to be done.
    fn run_well(&mut self) {
        let actions = u32::try_from(self.plan.len()).unwrap();
        self.run(None);
        let done: Vec<(u32, Outcome)> = (0..actions).map(|action| (action, Outcome::Done)).collect();
        assert_eq!(self.outcomes, done);
        self.client.contract().assert_over();
        self.server.contract().assert_over();
        assert_eq!(self.client.tree().open_files() + self.server.tree().open_files(), 0);
    }

    pub(super) fn has_reported(&self, wanted: impl Fn(&Report) -> bool) -> bool {
        self.reports.iter().any(wanted)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn what_was_begun_is_gone_on_with(
        mode in mode(),
        size in 1_u64..200_000,
        part in 0_u64..200_000,
        seed: u64,
    ) {
        let whole = bytes(size, 5);
        let part = &whole[..usize::try_from(part.min(size)).unwrap()];
        let here = tree(&[("up.bin", &whole), ("down.bin", part)]);
        let there = tree(&[("up.bin", part), ("down.bin", &whole)]);
        let plan = connected([
            get("down.bin", "down.bin", true),
            put("up.bin", None, PutHow::Resume),
        ]);
        let mut pair = Pair::with(mode, (here, there), plan, seed);
        pair.run_well();
        prop_assert!(content(pair.client.tree(), "down.bin").unwrap() == whole);
        prop_assert!(content(pair.server.tree(), "up.bin").unwrap() == whole);
        let is_whole = part.len() == whole.len();
        let nothing = pair.has_reported(|report| matches!(report, Report::Note { note: Note::NothingToResume { .. } }));
        prop_assert_eq!(nothing, is_whole);
        let offset_told = part.len() as u64;
        let carried = |wanted| pair.has_reported(|report| {
            matches!(report, Report::Transfer { kind, offset, .. } if *kind == wanted && *offset == offset_told)
        });
        prop_assert_eq!(carried(TransferKind::Upload), !is_whole);
        prop_assert_eq!(carried(TransferKind::Download), !is_whole);
    }

    #[test]
    fn text_keeps_its_lines_both_ways(mode in mode(), lines in "[a\n]{0,300}", times in 1_usize..200, seed: u64) {
        let text = lines.repeat(times);
        let here = tree(&[("up.txt", text.as_bytes())]);
        let representation = FileType::Ascii;
        let plan = connected([
            Action::Type { representation },
            put("up.txt", None, PutHow::Replace),
            get("up.txt", "down.txt", false),
            Action::List { path: None },
            Action::Type { representation: FileType::Image },
            get("up.txt", "as-it-is.txt", false),
        ]);
        let mut pair = Pair::with(mode, (here, Tree::new(0)), plan, seed);
        pair.run_well();
        prop_assert!(content(pair.client.tree(), "down.txt").unwrap() == text.as_bytes());
        prop_assert!(content(pair.server.tree(), "up.txt").unwrap() == text.as_bytes());
        prop_assert!(content(pair.client.tree(), "as-it-is.txt").unwrap() == text.as_bytes());
    }

    #[test]
    fn directories_names_and_facts(mode in mode(), seed: u64) {
        let here = tree(&[("a.bin", b"twelve bytes")]);
        let plan = connected([
            Action::Features,
            Action::MakeDirectory { path: text("box \"1\"") },
            cd("box \"1\""),
            Action::WorkingDirectory,
            put("a.bin", None, PutHow::Replace),
            put("a.bin", None, PutHow::Append),
            put("a.bin", None, PutHow::Unique),
            Action::List { path: None },
            Action::Inspect { path: text("a.bin") },
            Action::Rename { from: text("a.bin"), to: text("/b c.bin") },
            cd(".."),
            Action::WorkingDirectory,
            Action::Names { path: None },
            get("b c.bin", "b.bin", false),
            Action::Delete { path: text("b c.bin") },
        ]);
        let mut pair = Pair::with(mode, (here, Tree::new(0)), plan, seed);
        pair.run_well();
        prop_assert!(content(pair.client.tree(), "b.bin").unwrap() == b"twelve bytestwelve bytes");
        prop_assert_eq!(content(pair.server.tree(), "b c.bin"), None);
        for path in ["/box \"1\"", "/"] {
            let told = pair.has_reported(|report| matches!(report, Report::Directory { path: told } if told == path));
            prop_assert!(told, "{path}");
        }
        let is_file = |report: &Report| matches!(
            report,
            Report::Facts { path_kind: Some(PathKind::File), size: Some(24), modified: Some(_), .. }
        );
        prop_assert!(pair.has_reported(is_file));
        let Some(Report::StoredAs { name }) = pair.reports.iter().find(|report| matches!(report, Report::StoredAs { .. })) else {
            panic!("nobody told the name");
        };
        let unique = format!("box \"1\"/{}", name.rsplit('/').next().unwrap());
        let stored = content(pair.server.tree(), &unique);
        prop_assert_eq!(stored.as_deref(), Some(&b"twelve bytes"[..]), "{}", unique);
        let lists = |wanted: ListingForm, name: &str| pair.has_reported(|report| {
            matches!(report, Report::Listed { lines, form } if *form == wanted && lines.iter().any(|line| line.ends_with(name)))
        });
        prop_assert!(lists(ListingForm::Facts, "; a.bin"), "MLSD, because FEAT told of it");
        prop_assert!(lists(ListingForm::Names, "b c.bin"));
    }
}

#[test]
fn what_the_server_denies_is_denied_with_its_words() {
    let denials = [
        Action::Delete { path: text("none") },
        Action::RemoveDirectory { path: text("full") },
        Action::MakeDirectory { path: text("full") },
        Action::Rename {
            from: text("none"),
            to: text("x"),
        },
        Action::Inspect { path: text("none") },
        cd("none"),
        get("none", "x", false),
        get("none", "here", true),
    ];
    for mode in TransferMode::ALL {
        let here = tree(&[("here", b"x")]);
        let there = tree(&[("full/file", b"x")]);
        let mut pair = Pair::with(mode, (here, there), connected(denials.clone()), 7);
        pair.run(None);
        let denied = pair.outcomes.iter().filter(
            |(_, outcome)| matches!(outcome, Outcome::Denied { code: 550 | 450 | 521, text } if !text.is_empty()),
        );
        assert_eq!(denied.count(), denials.len(), "{:?}", pair.outcomes);
        assert_eq!(content(pair.client.tree(), "here").unwrap(), b"x");
        assert_eq!(content(pair.client.tree(), "x"), None);
    }
}
