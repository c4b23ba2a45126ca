//! curl and the sandbox.

use std::fs;
use std::net::Ipv6Addr;
use std::path::Path;
use std::process::Command;

use super::{Place, Sandbox, done, ran};
use crate::files::{LARGE, SAMPLES, content, holds, write_samples};
use crate::program;
use crate::server::PASSWORD;

/// How curl is told to take each mode, and the verb that shows it.
const MODES: [(&[&str], &str); 4] = [
    (&["--ftp-port", "-", "--disable-eprt"], "PORT"),
    (&["--disable-epsv"], "PASV"),
    (&["--ftp-port", "-"], "EPRT"),
    (&[], "EPSV"),
];

/// curl, which says what it does.
fn curl(arguments: &[&str]) -> Option<Command> {
    let mut curl = program::bounded(program::find("curl")?);
    curl.args(["--disable", "--silent", "--show-error"]).args(arguments);
    Some(curl)
}

/// Uploads, lists and downloads every sample, and compares.
fn to_and_fro(sandbox: &Sandbox, mode: &[&str], verb: &str) -> Option<()> {
    let folder = tempfile::tempdir().unwrap();
    write_samples(folder.path());
    let directory = format!("{verb} – папка");
    for (name, length) in SAMPLES {
        let path = format!("{directory}/{name}");
        let put = ["--upload-file", name, "--ftp-create-dirs", &sandbox.url(&path)];
        done(curl(&put)?.args(mode), folder.path());
        let get = ["--output", "back", &sandbox.url(&path)];
        done(curl(&get)?.args(mode), folder.path());
        let content = content(length);
        // curl makes no file of nothing.
        if length > 0 {
            holds(&folder.path().join("back"), &content);
        }
        if let Some(file) = sandbox.file(&path) {
            holds(&file, &content);
        }
    }
    let url = sandbox.url(&format!("{directory}/"));
    let lines = done(
        curl(&["--verbose", "--stderr", "talk", &url])?.args(mode),
        folder.path(),
    );
    let names = done(curl(&["--list-only", &url])?.args(mode), folder.path());
    for (name, length) in SAMPLES {
        let fits = |line: &str| line.ends_with(name) && line.contains(&format!(" {length} "));
        assert!(lines.lines().any(fits), "{verb}: {name} in {lines}");
        assert!(names.lines().any(|line| line == name), "{verb}: {name} in {names}");
    }
    let talk = fs::read_to_string(folder.path().join("talk")).unwrap();
    assert!(talk.contains(&format!("> {verb}")), "{talk}");
    Some(())
}

#[test]
fn all_four_modes_list_download_and_upload() {
    for place in Place::BOTH {
        let sandbox = Sandbox::start(place);
        for (mode, verb) in MODES {
            to_and_fro(&sandbox, mode, verb);
        }
    }
}

#[test]
fn the_extended_modes_work_over_ipv6() {
    for place in Place::BOTH {
        let sandbox = Sandbox::at(place, Ipv6Addr::LOCALHOST.into());
        for (mode, verb) in &MODES[2..] {
            to_and_fro(&sandbox, mode, verb);
        }
    }
}

#[test]
fn what_was_cut_short_is_gone_on_with() {
    for place in Place::BOTH {
        let sandbox = Sandbox::start(place);
        for (mode, verb) in MODES {
            let name = format!("half {verb} é");
            if resumes(&sandbox, mode, &name).is_none() {
                return;
            }
        }
    }
}

fn resumes(sandbox: &Sandbox, mode: &[&str], name: &str) -> Option<()> {
    let folder = tempfile::tempdir().unwrap();
    let whole = content(200_000);
    let at = |name: &str| folder.path().join(name);
    let url = sandbox.url(name);
    fs::write(at("start"), &whole[..70_000]).unwrap();
    fs::write(at("whole"), &whole).unwrap();
    done(curl(&["--upload-file", "start", &url])?.args(mode), folder.path());
    let put = ["--continue-at", "-", "--upload-file", "whole", &url];
    done(curl(&put)?.args(mode), folder.path());
    fs::write(at("down"), &whole[..70_001]).unwrap();
    let get = [
        "--continue-at",
        "-",
        "--output",
        "down",
        "--verbose",
        "--stderr",
        "talk",
        &url,
    ];
    done(curl(&get)?.args(mode), folder.path());
    holds(&at("down"), &whole);
    let talk = fs::read_to_string(at("talk")).unwrap();
    assert!(talk.contains("> REST 70001"), "{talk}");
    // A part out of the middle is asked for with REST and an abort.
    let part = ["--range", "1000-1999", "--output", "part", &url];
    done(curl(&part)?.args(mode), folder.path());
    holds(&at("part"), &whole[1_000..2_000]);
    // And appended to.
    let append = ["--append", "--upload-file", "start", &url];
    done(curl(&append)?.args(mode), folder.path());
    done(curl(&["--output", "longer", &url])?.args(mode), folder.path());
    holds(&at("longer"), &[&whole[..], &whole[..70_000]].concat());
    Some(())
}

/// Runs commands in one session, and gives the names that are there then.
fn commands(sandbox: &Sandbox, folder: &Path, commands: &[&str]) -> Option<Vec<String>> {
    let mut curl = curl(&["--list-only", &sandbox.url("")])?;
    for command in commands {
        curl.args(["--quote", command]);
    }
    Some(done(&mut curl, folder).lines().map(str::to_owned).collect())
}

#[test]
fn files_and_directories_are_made_renamed_and_deleted() {
    for place in Place::BOTH {
        let sandbox = Sandbox::start(place);
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mine"), b"mine").unwrap();
        let Some(mut put) = curl(&["--upload-file", "mine", &sandbox.url("mine")]) else {
            return;
        };
        done(&mut put, folder.path());
        let made = ["MKD neu – новый", "RNFR mine", "RNTO neu – новый/deine 海"];
        let names = commands(&sandbox, folder.path(), &made).unwrap();
        assert!(
            names.contains(&"neu – новый".to_owned()) && !names.contains(&"mine".to_owned()),
            "{names:?}"
        );
        let inside = done(
            &mut curl(&["--list-only", &sandbox.url("neu – новый/")]).unwrap(),
            folder.path(),
        );
        assert_eq!(inside, "deine 海\n");
        let gone = ["DELE neu – новый/deine 海", "RMD neu – новый"];
        let names = commands(&sandbox, folder.path(), &gone).unwrap();
        assert!(!names.contains(&"neu – новый".to_owned()), "{names:?}");
    }
}

#[test]
fn much_comes_and_goes() {
    let much = content(LARGE);
    for place in Place::BOTH {
        let sandbox = Sandbox::start(place);
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("much"), &much).unwrap();
        let url = sandbox.url("much");
        let Some(mut put) = curl(&["--upload-file", "much", &url]) else {
            return;
        };
        done(&mut put, folder.path());
        done(&mut curl(&["--output", "back", &url]).unwrap(), folder.path());
        holds(&folder.path().join("back"), &much);
    }
}

#[test]
fn a_no_is_understood() {
    for place in Place::BOTH {
        let sandbox = Sandbox::start(place);
        let folder = tempfile::tempdir().unwrap();
        let wrong = sandbox.url("").replace(PASSWORD, "wrong");
        // curl's own numbers: login denied, no such file, no such directory, a quoted command refused.
        for (arguments, status) in [
            (&[&*wrong][..], 67),
            (&[&*sandbox.url("missing é")], 78),
            (&[&*sandbox.url("missing/")], 9),
            (&["--quote", "DELE missing", &*sandbox.url("")], 21),
        ] {
            let Some(mut curl) = curl(arguments) else { return };
            let output = ran(&mut curl, folder.path());
            let complaint = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(status), "{arguments:?}: {complaint}");
        }
        // And the sandbox is still there.
        done(&mut curl(&[&sandbox.url("")]).unwrap(), folder.path());
    }
}
