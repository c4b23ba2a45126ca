//! The programs that the end-to-end tests drive: looked for, and installed where there is apt and root.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{self, Trouble, say};

/// Which Debian package has a program; for any other program the two have one name.
const PACKAGES: &[(&str, &str)] = &[
    ("chromedriver", "chromium-driver"),
    ("ip", "iproute2"),
    ("nft", "nftables"),
    ("proftpd", "proftpd-core"),
    (MOD_TLS, "proftpd-mod-crypto"),
    ("ssh", "openssh-client"),
    ("sshd", "openssh-server"),
];

/// Programs whose package Debian installs only in place of another that we need too: one machine has one FTP server.
const APART: &[&str] = &["proftpd", MOD_TLS];

/// A need that is no program: ProFTPD's TLS, which is in a package of its own that goes with the one of [`APART`].
pub const MOD_TLS: &str = "proftpd's mod_tls";

/// Where the tests look for it.
const MOD_TLS_PLACE: &str = "/usr/local/lib/proftpd/mod_tls.so";

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
        .filter(|need| *need != NAMESPACES && !is_here(need))
        .collect();
    if missing.is_empty() || process::on_path("apt-get").is_none() || !is_root() {
        return;
    }
    let packages: Vec<_> = missing.iter().map(|program| package(program)).collect();
    say(format_args!("bringing Debian's {}", packages.join(", ")));
    let programs: Vec<&str> = missing.iter().map(|program| program.as_str()).collect();
    if let Err(trouble) = install(&programs) {
        say(trouble);
    }
}

/// What of these needs this machine does not have.
pub fn lack(needs: &[String]) -> Option<Lack> {
    let missing: Vec<_> = needs
        .iter()
        .filter(|need| *need != NAMESPACES && !is_here(need))
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

fn install(programs: &[&str]) -> Result<(), Trouble> {
    let _quiet = NoServices::begin();
    apt(&["update"])?;
    let (apart, together): (Vec<&str>, Vec<&str>) = programs.iter().partition(|program| APART.contains(*program));
    let together: Vec<&str> = together.into_iter().map(package).collect();
    // A package of the user's is worth more than one of ours: nothing is removed for it.
    apt(&[
        ["install", "--no-install-recommends", "--no-remove"].as_slice(),
        &together,
    ]
    .concat())?;
    apart.into_iter().try_for_each(unpack)
}

fn apt(arguments: &[&str]) -> Result<(), Trouble> {
    process::run(
        Command::new("apt-get")
            .args(["-q", "-y"])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}

/// Takes a program out of a package that cannot be installed beside another one: it comes to `/usr/local/sbin`, and the
/// libraries it needs are installed.
fn unpack(program: &str) -> Result<(), Trouble> {
    let folder = std::env::temp_dir().join(format!("portolan-{}-{}", package(program), std::process::id()));
    let done = unpack_in(program, &folder);
    let _ = fs::remove_dir_all(&folder);
    done
}

fn unpack_in(program: &str, folder: &Path) -> Result<(), Trouble> {
    let package = package(program);
    let cannot = |error| Trouble::because(format!("{package} cannot be unpacked in {}: {error}", folder.display()));
    fs::create_dir_all(folder).map_err(cannot)?;
    process::run(
        Command::new("apt-get")
            .args(["-q", "download", package])
            .current_dir(folder),
    )?;
    let mut files = fs::read_dir(folder)
        .map_err(cannot)?
        .filter_map(Result::ok)
        .map(|file| file.path());
    let Some(archive) = files.find(|file| file.extension().is_some_and(|extension| extension == "deb")) else {
        return Err(Trouble::because(format!("apt-get brought no archive of {package}")));
    };
    let depends = process::read(Command::new("dpkg-deb").arg("--field").arg(&archive).arg("Depends"))?;
    // What belongs to the program itself comes apart as well.
    let depends: Vec<&str> = names(&depends).into_iter().filter(|name| !is_apart(name)).collect();
    apt(&[
        ["install", "--no-install-recommends", "--no-remove"].as_slice(),
        &depends,
    ]
    .concat())?;
    let files = folder.join("files");
    process::run(Command::new("dpkg-deb").arg("--extract").arg(&archive).arg(&files))?;
    let (from, to) = match program {
        MOD_TLS => (files.join("usr/lib/proftpd/mod_tls.so"), PathBuf::from(MOD_TLS_PLACE)),
        program => (
            files.join("usr/sbin").join(program),
            Path::new("/usr/local/sbin").join(program),
        ),
    };
    if let Some(above) = to.parent() {
        fs::create_dir_all(above).map_err(cannot)?;
    }
    // A copy keeps who may run it.
    fs::copy(from, to).map_err(cannot)?;
    Ok(())
}

fn is_apart(named: &str) -> bool {
    APART.iter().any(|program| package(program) == named)
}

fn is_here(need: &str) -> bool {
    match need {
        MOD_TLS => Path::new(MOD_TLS_PLACE).exists(),
        program => process::on_path(program).is_some(),
    }
}

/// The packages in a `Depends` field, the first of each choice, without versions.
fn names(depends: &str) -> Vec<&str> {
    depends
        .split(',')
        .filter_map(|choices| choices.split(['|', '(']).next())
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect()
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
        assert_eq!(
            names("adduser, libc6 (>= 2.34), debconf (>= 0.5) | debconf-2.0, libcap2 (>= 1:2.10)\n"),
            ["adduser", "libc6", "debconf", "libcap2"]
        );
    }

    #[test]
    fn nothing_needed_nothing_lacking() {
        assert_eq!(lack(&[]), None);
        assert_eq!(lack(&["sh".into()]), None);
    }
}
