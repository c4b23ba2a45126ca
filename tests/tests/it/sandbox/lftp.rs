//! lftp and the sandbox.

use std::collections::BTreeMap;
use std::fs;
use std::net::Ipv6Addr;
use std::path::Path;

use super::{Place, Sandbox, done};
use crate::files::{LARGE, SAMPLES, content, holds, write_samples};
use crate::program;
use crate::server::PASSWORD;

/// How lftp is told to take each mode that it has.
const MODES: [&str; 3] = [
    "set ftp:passive-mode off",
    "set ftp:passive-mode on; set ftp:prefer-epsv off",
    "set ftp:passive-mode on; set ftp:prefer-epsv on",
];

/// Runs lftp with this script, which ends where something fails; what it printed.
#[track_caller]
fn lftp(sandbox: &Sandbox, folder: &Path, script: &str) -> Option<String> {
    let mut lftp = program::bounded(program::find("lftp")?);
    let settings = "set cmd:fail-exit yes; set net:max-retries 1; set net:timeout 20; set ftp:ssl-allow no; \
                    set xfer:use-temp-file no; set cmd:interactive no; set dns:order 'inet inet6'";
    let address = sandbox.address;
    let open = format!("open -u anna,{PASSWORD} ftp://{address}/");
    let mut client = lftp.args(["--norc", "-c"]);
    client = client.arg(format!("{settings}; {open}; {script}"));
    Some(done(client, folder))
}

/// Every file below a folder, by its path.
fn files_below(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            let below = files_below(&entry.path());
            found.extend(
                below
                    .into_iter()
                    .map(|(path, content)| (format!("{name}/{path}"), content)),
            );
        } else {
            found.insert(name, fs::read(entry.path()).unwrap());
        }
    }
    found
}

/// A tree of folders with all samples in each.
fn tree(root: &Path) {
    for folder in ["", "ein Ordner", "ein Ordner/папка", "c"] {
        write_samples(&root.join(folder));
    }
    for number in 0..30_u32 {
        fs::write(root.join(format!("c/{number}")), content(number * 100)).unwrap();
    }
}

/// Mirrors a tree up and down again, several files at once, and compares.
fn mirrors(sandbox: &Sandbox, mode: &str) -> Option<()> {
    let folder = tempfile::tempdir().unwrap();
    tree(&folder.path().join("tree"));
    let to = "neu – новый";
    let script = format!(
        "{mode}; mkdir '{to}'; mirror --reverse --parallel=4 tree '{to}'; mirror --parallel=4 '{to}' back; \
         rm -r '{to}'; cls -1"
    );
    let names = lftp(sandbox, folder.path(), &script)?;
    let (sent, back) = (
        files_below(&folder.path().join("tree")),
        files_below(&folder.path().join("back")),
    );
    assert_eq!(sent.len(), 4 * SAMPLES.len() + 30);
    assert!(sent.keys().eq(back.keys()), "{mode}: {:#?}", back.keys());
    for (path, content) in &sent {
        assert!(back[path] == *content, "{mode}: {path} came back otherwise");
    }
    assert!(!names.contains(to), "{mode}: {names}");
    Some(())
}

#[test]
fn trees_are_mirrored() {
    for place in Place::BOTH {
        let sandbox = Sandbox::start(place);
        for mode in MODES {
            mirrors(&sandbox, mode);
        }
    }
}

#[test]
fn trees_are_mirrored_over_ipv6() {
    let sandbox = Sandbox::at(Place::Directory, Ipv6Addr::LOCALHOST.into());
    // In active mode, files of a mirror are announced with `::`, the unspecified address.
    for mode in [MODES[0], MODES[2]] {
        mirrors(&sandbox, mode);
    }
}

#[test]
fn segments_of_one_file_come_at_once() {
    let much = content(LARGE);
    for place in Place::BOTH {
        let sandbox = Sandbox::start(place);
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("much"), &much).unwrap();
        let name = "viel – много";
        let script = format!("put much -o '{name}'; pget -n 4 '{name}' -o back");
        if lftp(&sandbox, folder.path(), &script).is_none() {
            return;
        }
        holds(&folder.path().join("back"), &much);
    }
}

#[test]
fn what_was_cut_short_is_gone_on_with() {
    let whole = content(200_000);
    for place in Place::BOTH {
        let sandbox = Sandbox::start(place);
        for (nth, mode) in MODES.iter().enumerate() {
            let folder = tempfile::tempdir().unwrap();
            let at = |name: &str| folder.path().join(name);
            fs::write(at("start"), &whole[..70_000]).unwrap();
            fs::write(at("down"), &whole[..70_001]).unwrap();
            fs::write(at("whole"), &whole).unwrap();
            let name = format!("half {nth} é");
            let script = format!(
                "{mode}; put start -o '{name}'; put -c whole -o '{name}'; get -c '{name}' -o down; get '{name}' -o all"
            );
            if lftp(&sandbox, folder.path(), &script).is_none() {
                return;
            }
            holds(&at("all"), &whole);
            holds(&at("down"), &whole);
        }
    }
}

#[test]
fn files_are_listed_renamed_and_deleted() {
    for place in Place::BOTH {
        let sandbox = Sandbox::start(place);
        for mode in MODES {
            let folder = tempfile::tempdir().unwrap();
            write_samples(folder.path());
            let script = format!(
                "{mode}; mkdir 'ein Ordner'; cd 'ein Ordner'; mput *; mv 'two words.txt' 'три слова'; \
                 rm small.txt; cls -1 --sort=name; ls; cd ..; rm -r 'ein Ordner'"
            );
            let Some(told) = lftp(&sandbox, folder.path(), &script) else {
                return;
            };
            let wanted = ["empty", "Übersee – Привет 海.bin", "три слова"];
            let lines: Vec<&str> = told.lines().collect();
            for name in wanted {
                assert_eq!(lines.iter().filter(|line| **line == name).count(), 1, "{mode}: {told}");
                assert!(
                    lines.iter().any(|line| line.len() > name.len() && line.ends_with(name)),
                    "{mode}: {told}"
                );
            }
            assert!(
                !told.contains("small.txt") && !told.contains("two words"),
                "{mode}: {told}"
            );
        }
    }
}
