//! The programs that the end-to-end tests drive: looked for, and installed where there is apt and root.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::process::{self, Trouble, say};

/// Which Debian package has a program; for any other program the two have one name.
const PACKAGES: &[(&str, &str)] = &[
    ("chromedriver", "chromium-driver"),
    ("ip", "iproute2"),
    ("nft", "nftables"),
    ("ssh", "openssh-client"),
    ("sshd", "openssh-server"),
];

/// A need that is no program: network namespaces, which only the kernel can give.
pub const NAMESPACES: &str = "namespaces";

/// Why a suite cannot be run here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    /// Programs that are missing and could not be installed.
    Programs(Vec<String>),
    /// The kernel gives no network namespaces.
    Namespaces,
}

/// Installs those of these programs that are missing, all in one go. Whatever stays missing shows in [`lack`].
pub fn bring(needs: &[String]) {
    let missing: Vec<_> = needs
        .iter()
        .filter(|need| *need != NAMESPACES && process::on_path(need).is_none())
        .collect();
    if missing.is_empty() || process::on_path("apt-get").is_none() || !is_root() {
        return;
    }
    let packages: Vec<_> = missing.iter().map(|program| package(program)).collect();
    say(format_args!("bringing Debian's {}", packages.join(", ")));
    if let Err(trouble) = install(&packages) {
        say(trouble);
    }
}

/// What of these needs this machine does not have.
pub fn lack(needs: &[String]) -> Option<Lack> {
    let missing: Vec<_> = needs
        .iter()
        .filter(|need| *need != NAMESPACES && process::on_path(need).is_none())
        .cloned()
        .collect();
    if !missing.is_empty() {
        return Some(Lack::Programs(missing));
    }
    let wants_namespaces = needs.iter().any(|need| need == NAMESPACES);
    (wants_namespaces && !has_namespaces()).then_some(Lack::Namespaces)
}

impl std::fmt::Display for Lack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Programs(programs) => {
                let packages: Vec<_> = programs.iter().map(|program| package(program)).collect();
                write!(
                    f,
                    "{} missing here; `apt-get install {}` brings it",
                    programs.join(", "),
                    packages.join(" ")
                )
            }
            Self::Namespaces => f.write_str("this kernel, or who we are on it, gives no network namespaces"),
        }
    }
}

fn install(packages: &[&str]) -> Result<(), Trouble> {
    let _quiet = NoServices::begin();
    let apt = |arguments: &[&str]| {
        process::run(
            Command::new("apt-get")
                .args(["-q", "-y"])
                .args(arguments)
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )
    };
    apt(&["update"])?;
    apt(&[["install", "--no-install-recommends"].as_slice(), packages].concat())
}

/// While this lives, Debian starts no service that it installs: a test that wants an FTP server starts its own on a port of
/// its own, and nobody who runs our tests should find one open to the world afterwards.
struct NoServices {
    ours: bool,
}

impl NoServices {
    const POLICY: &str = "/usr/sbin/policy-rc.d";

    fn begin() -> Self {
        let ours = !Path::new(Self::POLICY).exists()
            && fs::write(Self::POLICY, "#!/bin/sh\nexit 101\n").is_ok()
            && fs::set_permissions(Self::POLICY, fs::Permissions::from_mode(0o755)).is_ok();
        Self { ours }
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if self.ours {
            let _ = fs::remove_file(Self::POLICY);
        }
    }
}

fn package(program: &str) -> &str {
    PACKAGES
        .iter()
        .find(|(name, _)| *name == program)
        .map_or(program, |(_, package)| package)
}

fn is_root() -> bool {
    process::read(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn has_namespaces() -> bool {
    process::succeeds(Command::new("unshare").args(["--net", "true"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named_with_its_package() {
        let lack = lack(&["sh".into(), "no-such-program-anywhere".into()]);
        let lack = lack.unwrap();
        assert_eq!(lack, Lack::Programs(vec!["no-such-program-anywhere".into()]));
        assert!(lack.to_string().contains("apt-get install no-such-program-anywhere"));
        assert_eq!(package("chromedriver"), "chromium-driver");
        assert_eq!(package("vsftpd"), "vsftpd");
    }

    #[test]
    fn nothing_needed_nothing_lacking() {
        assert_eq!(lack(&[]), None);
        assert_eq!(lack(&["sh".into()]), None);
    }
}
