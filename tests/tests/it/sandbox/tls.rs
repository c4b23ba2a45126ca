//! curl and lftp with the sandbox under TLS. Neither knows the sandbox's certificate, and each is told not to mind.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;

use super::{Place, Sandbox, done, ran};
use crate::files::{LARGE, SAMPLES, content, holds, write_samples};
use crate::program;
use crate::server::PASSWORD;

/// What the sandbox demands, if anything.
const DEMANDS: [&[&str]; 2] = [&[], &["--require-tls"]];

/// How curl is told to secure its session.
const WAYS: [(&str, &[&str]); 3] = [
    ("ftp", &["--ssl-reqd", "--tls-max", "1.2"]),
    ("ftp", &["--ssl-reqd", "--tlsv1.3"]),
    ("ftps", &[]),
];

/// Passive ones: in active mode curl 7.88.1 agrees on TLS and then says the file in the clear (mended in 8.0.0), and is refused.
const MODES: [&[&str]; 2] = [&["--disable-epsv"], &[]];

fn sandbox(demands: &[&str]) -> Sandbox {
    Sandbox::with(Place::Directory, Ipv4Addr::LOCALHOST.into(), demands)
}

fn url(sandbox: &Sandbox, scheme: &str, path: &str) -> String {
    let address = if scheme == "ftps" {
        sandbox.implicit
    } else {
        sandbox.address
    };
    format!("{scheme}://anna:{PASSWORD}@{address}/{path}")
}

/// Runs curl; what it printed. Nothing where there is none.
#[track_caller]
fn curl(folder: &Path, arguments: &[&[&str]]) -> Option<String> {
    let mut curl = program::bounded(program::find("curl")?);
    curl.args(["--disable", "--silent", "--show-error", "--insecure"]);
    curl.args(arguments.iter().copied().flatten());
    Some(done(&mut curl, folder))
}

#[test]
fn curl_comes_and_goes_in_every_way() {
    for demands in DEMANDS {
        let sandbox = sandbox(demands);
        for (nth, (scheme, way)) in WAYS.into_iter().enumerate() {
            for mode in MODES {
                let folder = tempfile::tempdir().unwrap();
                write_samples(folder.path());
                // For a file of nothing curl calls, and hangs up without a handshake.
                for (name, length) in SAMPLES.into_iter().filter(|(_, length)| *length > 0) {
                    let encoded = name.replace(' ', "%20");
                    let path = format!("{nth}/{encoded}");
                    let to = url(&sandbox, scheme, &path);
                    // Both in one session, so that each data connection has a session to resume.
                    let put = ["--upload-file", name, "--ftp-create-dirs", &to];
                    if curl(folder.path(), &[way, mode, &put]).is_none() {
                        return;
                    }
                    let get = ["--output", "back", &to];
                    curl(folder.path(), &[way, mode, &get]);
                    holds(&folder.path().join("back"), &content(length));
                }
                let names = curl(
                    folder.path(),
                    &[way, mode, &["--list-only", &url(&sandbox, scheme, &format!("{nth}/"))]],
                );
                assert_eq!(names.unwrap().lines().count(), SAMPLES.len() - 1);
            }
        }
    }
}

#[test]
fn curl_clears_the_control_connection() {
    let sandbox = sandbox(&[]);
    let folder = tempfile::tempdir().unwrap();
    for mode in ["passive", "active"] {
        let ccc = ["--ssl-reqd", "--ftp-ssl-ccc", "--ftp-ssl-ccc-mode", mode];
        let lines = curl(folder.path(), &[&ccc, &[&url(&sandbox, "ftp", "")]]);
        let Some(lines) = lines else { return };
        assert!(lines.contains("readme.txt") || lines.is_empty(), "{lines}");
    }
}

#[test]
fn who_does_not_resume_is_refused_where_that_is_demanded() {
    let sandbox = sandbox(&["--require-tls"]);
    let folder = tempfile::tempdir().unwrap();
    let Some(program) = program::find("curl") else { return };
    let mut curl = program::bounded(&program);
    curl.args([
        "--disable",
        "--silent",
        "--show-error",
        "--insecure",
        "--ssl-reqd",
        "--no-sessionid",
    ]);
    let ran = ran(curl.arg(url(&sandbox, "ftp", "")), folder.path());
    assert!(
        !ran.status.success(),
        "nobody can show that the data connection is curl's"
    );
    // Without TLS there is no login.
    let mut curl = program::bounded(&program);
    curl.args(["--disable", "--silent", "--show-error"]);
    let output = super::ran(curl.arg(url(&sandbox, "ftp", "")), folder.path());
    assert_eq!(output.status.code(), Some(67), "curl calls it a denied login");
    // And who begins in the clear where TLS comes first is not left waiting.
    let mut curl = program::bounded(&program);
    curl.args(["--disable", "--silent", "--show-error", "--max-time", "60"]);
    let wrong = url(&sandbox, "ftps", "").replacen("ftps", "ftp", 1);
    assert!(!super::ran(curl.arg(wrong), folder.path()).status.success());
}

#[test]
fn lftp_comes_and_goes_and_resumes() {
    for demands in DEMANDS {
        let sandbox = sandbox(demands);
        for (scheme, address) in [("ftp", sandbox.address), ("ftps", sandbox.implicit)] {
            for mode in ["off", "on"] {
                let folder = tempfile::tempdir().unwrap();
                let Some(program) = program::find("lftp") else { return };
                let much = content(LARGE);
                fs::write(folder.path().join("much"), &much).unwrap();
                let settings = "set cmd:fail-exit yes; set net:max-retries 1; set net:timeout 20; \
                                set ftp:ssl-force yes; set ftp:ssl-protect-data yes; set ftp:ssl-protect-list yes; \
                                set ssl:verify-certificate no; set xfer:use-temp-file no; set cmd:interactive no";
                let open = format!("open -u anna,{PASSWORD} {scheme}://{address}/");
                let steps = format!(
                    "set ftp:passive-mode {mode}; mkdir -p {scheme}-{mode}; cd {scheme}-{mode}; put much; get much -o back; \
                     cls -1; rm much"
                );
                let mut lftp = program::bounded(program);
                let script = format!("{settings}; {open}; {steps}");
                let names = done(lftp.args(["--norc", "-c", &script]), folder.path());
                assert_eq!(names.trim(), "much");
                holds(&folder.path().join("back"), &much);
            }
        }
    }
}
